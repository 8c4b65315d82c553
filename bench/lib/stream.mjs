import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const PUBLISHED_AT_ONCE = 1_000;
/** As many as the host's own consumer may have unsettled. */
const MAX_ACK_PENDING = 10_000;
const DEAD_LETTERS = 'TRIBUTARY_DEAD_LETTERS';

/**
 * A stream of a server, and a client of its own to fill it and to look at it.
 *
 * @param {string} url
 * @param {string} name Also its one subject, in lower case.
 * @param {number} [replicas] Servers of a cluster that have it.
 */
export async function openStream(url, name, replicas = 1) {
  const client = await connect({ servers: url });
  const manager = await jetstreamManager(client);
  const publisher = jetstream(client);
  const subject = name.toLowerCase();
  await manager.streams.add({ name, subjects: [subject], num_replicas: replicas });

  const publish = async (count) => {
    for (let sent = 0; sent < count; sent += PUBLISHED_AT_ONCE) {
      const batch = Array.from({ length: Math.min(PUBLISHED_AT_ONCE, count - sent) }, (_, index) => sent + index);
      await Promise.all(batch.map((order) => publisher.publish(subject, JSON.stringify({ order }))));
    }
  };
  const addConsumer = (durable) =>
    manager.consumers.add(name, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      max_ack_pending: MAX_ACK_PENDING,
    });
  /** Messages that a consumer has not acknowledged; `undefined` before there is one. */
  const unsettled = async (durable) => {
    const info = await manager.consumers.info(name, durable).catch(() => undefined);
    return info && info.num_pending + info.num_ack_pending;
  };
  const deadLetters = async () => {
    const info = await manager.streams.info(DEAD_LETTERS).catch(() => undefined);
    return info?.state.messages ?? 0;
  };
  return { name, subject, publish, addConsumer, unsettled, deadLetters, close: () => client.close() };
}
