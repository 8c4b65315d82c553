import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSubRuntimeClient, type SubRuntimeClient } from './sub-runtime.client.js';
import type { WireResult } from './wire-result.js';

const MAX = 3_000_000;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const ended: (() => void)[] = [];

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** A sub-runtime that answers each request, once it is complete, as the test says; it counts its connections. */
async function serverOf(answer: (socket: Socket, request: string, count: number) => void) {
  const sockets: Socket[] = [];
  let requests = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
      const length = /content-length: (\d+)/.exec(received)?.[1];
      const end = received.indexOf('\r\n\r\n') + 4;
      if (received.length - end < Number(length)) return;
      const request = Buffer.from(received, 'latin1').toString();
      received = '';
      answer(socket, request, ++requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createSubRuntimeClient({ host: '127.0.0.1', port: portOf(server) }, MAX);
  ended.push(() => {
    client.close();
    server.close();
  });
  return { server, client, sockets };
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

const send = (client: SubRuntimeClient, body = '{}', headers: string[] = []) =>
  new Promise<WireResult>((resolve) => client.send(body, headers, resolve));

describe('section 4: the client of a sub-runtime', () => {
  it('sends one request, as the wire protocol has it', async () => {
    const requests: string[] = [];
    const { client, server } = await serverOf((socket, request) => {
      requests.push(request);
      socket.write(OK);
    });
    const result = await send(client, '{"é":1}', ['x-request-id', 'r-1', 'traceparent', 'naïve\r\nx: y']);
    expect(result).toMatchObject({ kind: 'answered', statusCode: 200, body: Buffer.from('ok') });
    expect(requests).toEqual([
      `POST / HTTP/1.1\r\nhost: 127.0.0.1:${portOf(server)}\r\nconnection: keep-alive\r\nx-request-id: r-1\r\n` +
        'traceparent: na?ve??x: y\r\ncontent-length: 8\r\n\r\n{"é":1}',
    ]);
  });

  it('uses a connection again, and has as many as requests at once', async () => {
    const { client, sockets } = await serverOf((socket) => socket.write(OK));
    for (let i = 0; i < 5; i++) await send(client);
    expect(sockets).toHaveLength(1);
    await Promise.all([send(client), send(client), send(client)]);
    expect(sockets).toHaveLength(3);
    await Promise.all([send(client), send(client), send(client)]);
    expect(sockets).toHaveLength(3);
  });

  it('sends and reads what is large', async () => {
    const body = JSON.stringify('é'.repeat(1_000_000));
    const { client } = await serverOf((socket, request) => {
      const echoed = Buffer.from(request.slice(request.indexOf('\r\n\r\n') + 4));
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${echoed.length}\r\n\r\n`);
      socket.write(echoed);
    });
    const result = await send(client, body);
    expect(result.kind === 'answered' && result.body.toString() === body).toBe(true);
  });

  it('keeps the answers of connections apart that are read into one buffer', async () => {
    const { client } = await serverOf((socket, _request, count) => {
      const body = String(count).repeat(500);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 100)}`);
      setImmediate(() => socket.write(body.slice(100)));
    });
    const results = await Promise.all(Array.from({ length: 9 }, () => send(client)));
    const bodies = results.map((result) => (result.kind === 'answered' ? result.body.toString() : ''));
    expect(bodies.sort()).toEqual(Array.from({ length: 9 }, (_, index) => String(index + 1).repeat(500)));
  });

  it.each([
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['a time that is too short', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 2\r\n\r\nok'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['more than its answer', `${OK}more`],
  ])('does not use a connection again after %s', async (_name, answer) => {
    const { client, sockets } = await serverOf((socket) => socket.write(answer));
    expect(await send(client)).toMatchObject({ kind: 'answered' });
    expect(await send(client)).toMatchObject({ kind: 'answered' });
    expect(sockets).toHaveLength(2);
  });

  it('does not use a connection again that the server has closed, or speaks on unasked', async () => {
    const { client, sockets } = await serverOf((socket) => socket.write(OK));
    await send(client);
    sockets[0]?.end();
    await once(sockets[0] as Socket, 'close');
    expect(await send(client)).toMatchObject({ kind: 'answered' });
    sockets[1]?.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n');
    await once(sockets[1] as Socket, 'close');
    expect(await send(client)).toMatchObject({ kind: 'answered' });
    expect(sockets).toHaveLength(3);
  });

  it('ends a connection that has idled for a second, which is before servers do', async () => {
    const { client, sockets } = await serverOf((socket) => socket.write(OK));
    const sentAt = Date.now();
    await send(client);
    await once(sockets[0] as Socket, 'close');
    expect(Date.now() - sentAt).toBeGreaterThanOrEqual(990);
  });

  it('takes a body until the connection closes', async () => {
    const { client } = await serverOf((socket) => socket.end('HTTP/1.0 200 OK\r\nContent-Type: a/b\r\n\r\nall'));
    expect(await send(client)).toMatchObject({ kind: 'answered', contentType: 'a/b', body: Buffer.from('all') });
  });

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['closes in the midst of the head', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n')],
    [
      'closes in the midst of the body',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal'),
    ],
    ['answers garbage', (socket: Socket) => socket.write('garbage\r\n\r\n')],
  ])('has lost the answer where the server %s', async (_name, act) => {
    const { client } = await serverOf((socket) => void act(socket));
    expect(await send(client)).toEqual({ kind: 'lost', message: expect.stringMatching(/\w/) as string });
  });

  it('tells an answer that is too large, and goes on with another connection', async () => {
    const { client } = await serverOf((socket, _request, count) => {
      socket.write(count === 1 ? `HTTP/1.1 200 OK\r\nContent-Length: ${MAX + 1}\r\n\r\n` : OK);
    });
    expect(await send(client)).toEqual({ kind: 'too-large' });
    expect(await send(client)).toMatchObject({ kind: 'answered' });
  });

  it('says that nothing was sent where there is no connection', async () => {
    const { server, client } = await serverOf(() => undefined);
    server.close();
    await once(server, 'close');
    expect(await send(client)).toMatchObject({
      kind: 'not-sent',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    const nowhere = createSubRuntimeClient({ socketPath: '/nowhere/at/all.sock' }, MAX);
    expect(await send(nowhere)).toMatchObject({ kind: 'not-sent' });
  });

  it.each([
    ['small', '{}', 'not-sent'],
    ['too large to be written at once', `"${'x'.repeat(200_000)}"`, 'lost'],
  ])('a Unix socket that closed while it was idle: a request that is %s', async (_size, body, kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'client-'));
    const path = join(folder, 'socket');
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.write(OK));
      accepted = socket;
    });
    let accepted: Socket | undefined;
    server.listen(path);
    await once(server, 'listening');
    const client = createSubRuntimeClient({ socketPath: path }, MAX);
    ended.push(() => {
      client.close();
      server.close();
      rmSync(folder, { recursive: true });
    });
    expect(await send(client)).toMatchObject({ kind: 'answered' });
    // In one turn of the event loop: the client cannot have heard of it.
    accepted?.destroy();
    expect(await send(client, body)).toMatchObject({ kind });
  });

  it('loses what is unanswered when it is closed', async () => {
    const { client, sockets } = await serverOf((socket) => {
      if (sockets.length === 2) client.close();
      else void socket;
    });
    const results = await Promise.all([send(client), send(client)]);
    expect(results.map(({ kind }) => kind)).toEqual(['lost', 'lost']);
  });
});
