// The sub-runtime for handlers in JavaScript and TypeScript. What goes over the wire: docs/wire-protocol.md.
// It needs Node's own modules alone, and few of them: every import is part of a cold start.
import { createServer } from 'node:net';
import { HttpConnection } from './http-connection.mjs';
import { invoke, logUncaught } from './invoke.mjs';
import { loadModule } from './load-handler.mjs';
import { log, logError } from './log.mjs';
import { stampOutput } from './stamped-output.mjs';

const { SCW_UPSTREAM_SOCKET: path, SCW_UPSTREAM_PORT: port = '8081', SCW_HANDLER_PATH: handlerPath } = process.env;
const place = path ? { path } : { host: '127.0.0.1', port: Number(port) };

/** Connections that wait to be accepted while a handler keeps the event loop busy. */
const BACKLOG = 4096;

stampOutput();
process.on('uncaughtExceptionMonitor', logUncaught);

const connections = new Set();
let ending = false;

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const connection = new HttpConnection(socket, invoke, () => {
    connections.delete(connection);
    exitIfDone();
  });
  connections.add(connection);
});

server.on('error', (error) => {
  log(`cannot listen on ${path || `127.0.0.1:${port}`}: ${error.message}`);
  process.exit(1);
});

server.listen({ ...place, backlog: BACKLOG }, preload);

/** The first invocation finds the handler loaded; one that cannot be loaded is told to every invocation, and here. */
function preload() {
  if (handlerPath) loadModule(handlerPath).catch((error) => logError(error.stack));
}

process.on('SIGTERM', () => {
  // What has arrived is accepted and read first.
  setImmediate(() => {
    ending = true;
    server.close();
    for (const connection of connections) connection.finish();
    exitIfDone();
  });
});

/** What the handler left running, such as timers and connections of its own, does not keep the process. */
function exitIfDone() {
  if (ending && connections.size === 0) process.exit(0);
}
