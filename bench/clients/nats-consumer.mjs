/**
 * Acknowledges what a durable pull consumer delivers, and does nothing else:
 * `node bench/clients/nats-consumer.mjs <url> <stream> <durable>`. Ends with a signal.
 */
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const [url, stream, durable] = process.argv.slice(2);
const connection = await connect({ servers: url });
const consumer = await jetstream(connection).consumers.get(stream, durable);
for await (const message of await consumer.consume({ max_messages: 1_000 })) message.ack();
