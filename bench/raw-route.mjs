// What Nest adds on the way of an event: the raw Fastify route that the HTTP trigger uses, beside a controller, and a
// controller with an interceptor. Interleaved rounds in one run; the figures are microseconds of CPU a request, of the server alone.
//   node bench/raw-route.mjs
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';

const KINDS = ['raw route', 'controller', 'controller and interceptor'];
const ROUNDS = 5;
const CONNECTIONS = 32;
const SECONDS = 2;

if (process.env.BENCH_KIND) await serve(process.env.BENCH_KIND);
else await measure();

async function serve(kind) {
  const { Controller, Get, Module, UseInterceptors } = await import('@nestjs/common');
  const { HttpAdapterHost, NestFactory } = await import('@nestjs/core');
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');

  class Pass {
    intercept(_context, next) {
      return next.handle();
    }
  }
  class Hello {
    hello() {
      return 'hello';
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Hello.prototype, 'hello');
  Get()(Hello.prototype, 'hello', descriptor);
  Controller()(Hello);
  if (kind === KINDS[2]) UseInterceptors(Pass)(Hello);
  class Root {}
  Module({ controllers: kind === KINDS[0] ? [] : [Hello] })(Root);

  const app = await NestFactory.create(Root, new FastifyAdapter(), { logger: false, bodyParser: false });
  if (kind === KINDS[0]) {
    const fastify = app.get(HttpAdapterHost).httpAdapter.getInstance();
    fastify.route({
      method: 'GET',
      url: '/',
      onRequest: (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, ['Content-Type', 'text/plain', 'Content-Length', '5']);
        reply.raw.end('hello');
      },
      handler: () => undefined,
    });
  }
  await app.listen(0, '127.0.0.1');
  process.on('message', () => process.send({ cpu: process.cpuUsage() }));
  process.send({ port: app.getHttpServer().address().port });
}

async function measure() {
  const servers = await Promise.all(KINDS.map(startServer));
  const figures = KINDS.map(() => []);
  for (const { port } of servers) await load(port);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, server] of servers.entries()) {
      const before = await cpuOf(server.child);
      const requests = await load(server.port);
      figures[index].push(((await cpuOf(server.child)) - before) / requests);
    }
  }
  for (const { child } of servers) child.kill();
  const medians = figures.map((values) => values.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]);
  for (const [index, kind] of KINDS.entries()) {
    const ratio = (medians[index] / medians[0]).toFixed(2);
    console.log(`${kind.padEnd(28)} ${medians[index].toFixed(1).padStart(7)} us  ${ratio} x`);
  }
}

async function startServer(kind) {
  const child = fork(new URL(import.meta.url), { env: { ...process.env, BENCH_KIND: kind } });
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

async function cpuOf(child) {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return cpu.user + cpu.system;
}

async function load(port) {
  const result = await autocannon({ url: `http://127.0.0.1:${port}/`, connections: CONNECTIONS, duration: SECONDS });
  return result.requests.total;
}
