/** Answers requests over core NATS at once: `node bench/clients/nats-responder.mjs <url> <subject>`. Ends with a signal. */
import { connect } from '@nats-io/transport-node';

const [url, subject] = process.argv.slice(2);
const connection = await connect({ servers: url });
connection.subscribe(subject, { callback: (_error, message) => message.respond('hello') });
