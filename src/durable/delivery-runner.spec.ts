import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { crashed, delivery, newRunner, rejected, succeeded } from '../../test/support/delivery-runner.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('DeliveryRunner: what comes again', () => {
  it('while it is in hand does not run twice, and is settled where it was delivered last', async () => {
    const { take, begun, end, said } = newRunner();
    await take(delivery(1));
    await take(delivery(1, 2));
    await end(0, succeeded);
    expect(begun()).toEqual(['S-1']);
    expect(said).toEqual(['ack.1.2.1000 +ACK']);
  });

  it('after it was settled is settled again and does not run, whatever the server counts', async () => {
    const { take, begun, end, said, runner } = newRunner();
    await take(delivery(1));
    await end(0, succeeded);
    await take(delivery(1, 2));
    await take(delivery(1, 1));
    expect(begun()).toEqual(['S-1']);
    expect(said).toEqual(['ack.1.1.1000 +ACK', 'ack.1.2.1000 +ACK', 'ack.1.1.1000 +ACK']);
    expect(runner.inHand).toBe(0);
  });

  it('under the same sequence of a stream that was made anew is another message', async () => {
    const { take, begun, end, said, runner } = newRunner();
    await take(delivery(1));
    runner.disownAll();
    await take(delivery(1, 1, 2_000));
    expect(begun()).toEqual(['S-1', 'S-1']);
    await end(0, succeeded);
    expect(said).toEqual([]);
    await end(1, succeeded);
    expect(said).toEqual(['ack.1.1.2000 +ACK']);
  });

  it('from a consumer that was replaced while it is in hand is settled with the new one', async () => {
    const { take, begun, end, said, runner } = newRunner();
    await take(delivery(1));
    runner.disownAll();
    await take(delivery(1, 7));
    await end(0, succeeded);
    expect(begun()).toEqual(['S-1']);
    expect(said).toEqual(['ack.1.7.1000 +ACK']);
  });
});

describe('DeliveryRunner: a crash', () => {
  it('beside others charges nobody: all run again, one at a time, and nothing else begins', async () => {
    const { take, begun, end, said } = newRunner();
    await take(delivery(1));
    await take(delivery(2));
    await end(0, crashed(false));
    await end(1, crashed(false));
    await take(delivery(3));
    expect(begun()).toEqual(['S-1', 'S-2', 'S-1']);
    await end(2, succeeded);
    expect(begun()).toEqual(['S-1', 'S-2', 'S-1', 'S-2']);
    await end(3, succeeded);
    expect(begun()).toEqual(['S-1', 'S-2', 'S-1', 'S-2', 'S-3']);
    expect(said).toEqual(['ack.1.1.1000 +ACK', 'ack.2.1.1000 +ACK']);
  });

  it('alone is charged, and the message runs alone from then on', async () => {
    const { take, begun, end, said, letters, isolation } = newRunner();
    await take(delivery(1));
    await end(0, crashed(true));
    expect(said[0]).toMatch(/^ack\.1\.1\.1000 -NAK \{"delay":\d+\}$/);
    await take(delivery(1, 2));
    expect(isolation.isActive).toBe(true);
    await end(1, crashed(true));
    expect(begun()).toHaveLength(2);
    expect(letters).toMatchObject([{ reason: 'failed', lastOutcome: 'crashed', deliveries: 2 }]);
    expect(said[1]).toBe('ack.1.2.1000 +TERM');
  });

  it('beside something that is no message is charged the third time', async () => {
    const { take, begun, end, said } = newRunner();
    await take(delivery(1));
    for (let times = 0; times < 3; times++) await end(times, crashed(false));
    expect(begun()).toHaveLength(3);
    expect(said).toEqual([expect.stringContaining('-NAK {"delay":')]);
  });
});

describe('DeliveryRunner: a letter that cannot be written', () => {
  it('keeps the message, which comes again and does not run again, until it is written', async () => {
    const { take, begun, end, said, letters, state } = newRunner();
    state.writable = false;
    await take(delivery(1));
    await end(0, rejected);
    await take(delivery(1, 2));
    expect(said).toEqual(['ack.1.1.1000 -NAK {"delay":5000000000}', 'ack.1.2.1000 -NAK {"delay":5000000000}']);
    state.writable = true;
    await take(delivery(1, 3));
    expect(begun()).toEqual(['S-1']);
    expect(letters).toMatchObject([{ reason: 'rejected', lastStatus: 400 }]);
    expect(said[2]).toBe('ack.1.3.1000 +TERM');
  });

  it('is said once a minute', async () => {
    const { take, end, errors, state } = newRunner();
    state.writable = false;
    for (const sequence of [1, 2, 3]) await take(delivery(sequence));
    for (const index of [0, 1, 2]) await end(index, rejected);
    expect(errors).toHaveLength(1);
    await take(delivery(2, 2));
    expect(errors).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    await take(delivery(3, 2));
    expect(errors).toHaveLength(2);
  });

  it('is known to other replicas, which do not run the message either', async () => {
    const [one, other] = [newRunner(), newRunner()];
    one.state.writable = false;
    await one.take(delivery(1));
    await one.end(0, rejected);
    other.records.set('S-1', one.records.get('S-1')!);
    await other.take(delivery(1, 2));
    expect(other.begun()).toEqual([]);
    expect(other.letters).toMatchObject([{ reason: 'rejected', lastStatus: 400 }]);
  });
});

describe('DeliveryRunner: the result of a message', () => {
  beforeEach(() => void vi.useRealTimers());
  const untilSaid = (said: string[]) => vi.waitFor(() => expect(said).toHaveLength(1), 5_000);
  const inTurn = () => new Promise(setImmediate);

  it('is published until it is safe, said once, and only then the message is acknowledged', async () => {
    let attempts = 0;
    const publishResult = () => (++attempts < 3 ? Promise.reject(new Error('no stream')) : Promise.resolve());
    const { runner, running, said, errors } = newRunner({ publishResult });
    runner.take(delivery(1));
    await inTurn();
    running[0]!.end(succeeded);
    await untilSaid(said);
    expect([attempts, said]).toEqual([3, ['ack.1.1.1000 +ACK']]);
    expect(errors).toHaveLength(1);
  });

  it('is left to the next delivery where the host ends before', async () => {
    const { runner, running, said } = newRunner({ publishResult: () => Promise.reject(new Error('no stream')) });
    runner.take(delivery(1));
    await inTurn();
    running[0]!.end(succeeded);
    runner.stop();
    await untilSaid(said);
    expect(said).toEqual(['ack.1.1.1000 -NAK {"delay":5000000000}']);
  });
});

describe('DeliveryRunner: the end of a life', () => {
  it('hands back what has not begun and could not begin', async () => {
    const { take, said, runner, state } = newRunner();
    state.canBegin = false;
    await take(delivery(1));
    runner.stop();
    await runner.settleRest(1_000);
    expect(said).toEqual(['ack.1.1.1000 -NAK']);
  });

  it('does not charge what was cut off', async () => {
    const { take, end, said, runner } = newRunner();
    await take(delivery(1, 2));
    runner.stop();
    await end(0, crashed(true));
    expect(said).toEqual(['ack.1.2.1000 -NAK']);
  });

  it('hands back what waits to run alone', async () => {
    const { take, end, said, begun, runner } = newRunner();
    for (const sequence of [1, 2]) await take(delivery(sequence));
    for (const index of [0, 1]) await end(index, crashed(false));
    runner.stop();
    await end(2, succeeded);
    expect(begun()).toEqual(['S-1', 'S-2', 'S-1']);
    expect(said).toEqual(['ack.1.1.1000 +ACK', 'ack.2.1.1000 -NAK']);
  });

  it('waits for what is in hand for as long as it may, and hands back the rest', async () => {
    const { take, end, said, runner } = newRunner();
    await take(delivery(1));
    await take(delivery(2));
    const rest = runner.settleRest(1_000);
    await end(0, succeeded);
    await vi.advanceTimersByTimeAsync(1_000);
    await rest;
    expect(said).toEqual(['ack.1.1.1000 +ACK', 'ack.2.1.1000 -NAK']);
  });
});

describe('DeliveryRunner: a bug in a source', () => {
  it('is logged, and the message is delivered again later', async () => {
    const judge = () => {
      throw new TypeError('no such thing');
    };
    const { take, said, errors, runner } = newRunner({ judge });
    await take(delivery(1));
    expect(said).toEqual(['ack.1.1.1000 -NAK {"delay":5000000000}']);
    expect(errors).toEqual(['A message failed inside the host; please report this']);
    expect(runner.inHand).toBe(0);
  });
});
