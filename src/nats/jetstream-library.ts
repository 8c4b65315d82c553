/** The JetStream part of the NATS client library; loaded only by a host that needs it. */
export type JetStreamLibrary = typeof import('@nats-io/jetstream');

export function loadJetStreamLibrary(): Promise<JetStreamLibrary> {
  return import('@nats-io/jetstream');
}
