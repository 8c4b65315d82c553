/** The NATS client library; what its parts are for is in `docs/decisions/0003-nats-packages.md`. */
export type NatsLibrary = typeof import('@nats-io/transport-node');

/** Loads the library: 85 ms of a start (`node -e "import('@nats-io/transport-node')"`) that a host without NATS does not pay. */
export function loadNatsLibrary(): Promise<NatsLibrary> {
  return import('@nats-io/transport-node');
}
