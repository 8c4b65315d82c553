'use strict';
/*
 * The health check of the images: `node health.cjs /livez`, or `/readyz`, asks this container's admin port, and ends with 0
 * where the answer is 200, else with 1. A host without an admin port cannot be asked, and counts as healthy.
 */
const { get } = require('node:http');

const { ADMIN_ENABLED, ADMIN_HOST = '', ADMIN_PORT = '' } = process.env;
const DEFAULT_PORT = 9464;
const TIMEOUT_MS = 2_500;

/** An address that one can listen on, but not connect to. */
const EVERY_ADDRESS = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };

function ask(path) {
  const host = EVERY_ADDRESS[ADMIN_HOST] ?? ADMIN_HOST;
  // A service called `admin` in Kubernetes sets ADMIN_PORT=tcp://...; the host ignores it, too.
  const port = /^\d+$/.test(ADMIN_PORT) ? Number(ADMIN_PORT) : DEFAULT_PORT;
  const request = get({ host, port, path, timeout: TIMEOUT_MS }, ({ statusCode }) =>
    end(`answered ${statusCode}`, statusCode === 200),
  );
  request.once('timeout', () => end(`no answer within ${TIMEOUT_MS} ms`, false));
  request.once('error', ({ message }) => end(message, false));
}

function end(text, healthy) {
  process.stdout.write(`${text}\n`);
  process.exit(healthy ? 0 : 1);
}

if (ADMIN_ENABLED === 'false') end('there is no admin port', true);
else ask(process.argv[2] ?? '/livez');
