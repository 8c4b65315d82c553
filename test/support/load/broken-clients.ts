import { openRaw, type RawConnection } from '../raw-http.js';
import { type Load, pause } from './load.js';

/** Clients that break off: nobody is there to be answered, and the host has to forget them. */
const brokenClients = [breaksOffUploads, leavesWhileItWaits, leavesInTheAnswer, connectsAndLeaves, closesItsHalf];

export async function brokenClient(load: Load, index: number): Promise<void> {
  const client = brokenClients[index % brokenClients.length]!;
  try {
    const connection = await openRaw(load.port);
    await client(connection);
    // Half of them by a reset, which the host is told of as an error.
    if (index % 2) connection.socket.resetAndDestroy();
    else connection.socket.destroy();
    load.seen.count('broken', client.name);
  } catch (error) {
    load.seen.isWrong(client.name, String(error));
  }
}

async function breaksOffUploads(connection: RawConnection): Promise<void> {
  connection.write(`POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(100_000)}`);
  await pause(20);
}

async function leavesWhileItWaits(connection: RawConnection): Promise<void> {
  connection.write('GET /slow?ms=200 HTTP/1.1\r\nHost: h\r\n\r\n');
  await pause(30);
}

async function leavesInTheAnswer(connection: RawConnection): Promise<void> {
  connection.write('GET /large?bytes=1000000 HTTP/1.1\r\nHost: h\r\n\r\n');
  await connection.answers(1, 60_000);
}

async function connectsAndLeaves(): Promise<void> {
  await pause(10);
}

async function closesItsHalf(connection: RawConnection): Promise<void> {
  connection.socket.end('POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe');
  await pause(20);
}
