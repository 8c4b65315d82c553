import { jetstreamManager } from '@nats-io/jetstream';
import { onTestFinished } from 'vitest';
import { connectTo } from './nats-host.js';
import { type NatsServer, startNatsServer } from './nats-server.js';

/** A server with JetStream and no streams, as the READMEs of the examples begin with. It ends with the test. */
export interface ExampleServer {
  readonly server: NatsServer;
  /** How many messages lie in a stream; 0 where there is no such stream. */
  messagesOf(stream: string): Promise<number>;
}

export async function startExampleServer(): Promise<ExampleServer> {
  const server = await startNatsServer({ jetstream: true });
  const client = await connectTo(server);
  onTestFinished(async () => {
    await client.close();
    await server.stop();
  });
  const manager = await jetstreamManager(client, { checkAPI: false });
  const messagesOf = async (stream: string) => {
    const info = await manager.streams.info(stream).catch(() => undefined);
    return info?.state.messages ?? 0;
  };
  return { server, messagesOf };
}
