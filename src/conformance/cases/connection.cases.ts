import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.js';
import { bodyText, httpEvent, succeeded } from '../expectations.js';
import type { RawConnection } from '../raw-connection.js';
import type { SubRuntimeUnderTest } from '../sub-runtime-under-test.js';

const TEXT = 'Größe 😀';

/** A request of the host as bytes: its head without the framing header, and its body. */
function bytesOf(subRuntime: SubRuntimeUnderTest, handlerName: string, event: unknown): { head: string; body: Buffer } {
  const { body, headers } = subRuntime.request(handlerName, event);
  const lines = headers.map((_name, index) => (index % 2 === 0 ? `${headers[index]}: ${headers[index + 1]}\r\n` : ''));
  return { head: `POST / HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}`, body: Buffer.from(body) };
}

function wholeRequest(subRuntime: SubRuntimeUnderTest, handlerName: string, event: unknown): Buffer {
  const { head, body } = bytesOf(subRuntime, handlerName, event);
  return Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]);
}

function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function connected(subRuntime: SubRuntimeUnderTest, act: (connection: RawConnection) => Promise<void>) {
  const connection = await subRuntime.connect();
  try {
    await act(connection);
  } finally {
    connection.close();
  }
}

async function assertEchoed(connection: RawConnection, text: string) {
  const { statusCode, body } = await connection.response();
  assert.equal(statusCode, 200, body);
  assert.equal((JSON.parse(body) as { event: { body: string } }).event.body, text);
}

/** How requests come. */
export const connectionCases: readonly ConformanceCase[] = [
  {
    title: 'section 7: a request may arrive in pieces of any size, cut within a line and within a character',
    async run(subRuntime) {
      for (const size of [1, 7, 1_000]) {
        await connected(subRuntime, async (connection) => {
          await connection.write(...piecesOf(wholeRequest(subRuntime, 'echo', httpEvent(TEXT)), size));
          await assertEchoed(connection, TEXT);
        });
      }
    },
  },
  {
    title: 'section 7: one connection takes one request after another',
    needs: 'keep-alive',
    run: (subRuntime) =>
      connected(subRuntime, async (connection) => {
        for (const text of ['first', '', TEXT]) {
          await connection.write(wholeRequest(subRuntime, 'echo', httpEvent(text)));
          await assertEchoed(connection, text);
        }
      }),
  },
  {
    title: 'section 7: a request may be chunked',
    needs: 'chunked-requests',
    run: (subRuntime) =>
      connected(subRuntime, async (connection) => {
        const { head, body } = bytesOf(subRuntime, 'echo', httpEvent(TEXT));
        await connection.write(`${head}transfer-encoding: chunked\r\n\r\n`);
        for (const piece of piecesOf(body, 100)) {
          await connection.write(`${piece.length.toString(16)}\r\n`, piece, '\r\n');
        }
        await connection.write('0\r\n\r\n');
        await assertEchoed(connection, TEXT);
      }),
  },
  {
    title: 'section 7: invocations run side by side',
    needs: 'concurrency',
    async run(subRuntime) {
      const size = 8;
      const outcomes = await Promise.all(
        Array.from({ length: size }, () => subRuntime.invoke('meet', httpEvent(String(size)))),
      );
      for (const outcome of outcomes) assert.match(bodyText(succeeded(outcome)), /met/);
    },
  },
  {
    title: 'section 7: a client that goes away during an invocation does no harm',
    async run(subRuntime) {
      await connected(subRuntime, async (connection) => {
        await connection.write(wholeRequest(subRuntime, 'slow', httpEvent('200')));
        await subRuntime.untilPrinted('slow begins: 200');
      });
      succeeded(await subRuntime.invoke('slow', httpEvent('0')));
      assert.ok(subRuntime.isAlive, 'it ended');
    },
  },
];
