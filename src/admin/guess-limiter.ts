import { isIPv6 } from 'node:net';

/** Wrong tokens that an address may send before nothing more is looked at. */
export const MAX_GUESSES = 10;
/** For how long they are counted, from the first on, in milliseconds; then the address begins anew. */
export const GUESS_WINDOW_MS = 60_000;
/** Addresses that are remembered; beyond, the one that began first is forgotten. */
const MAX_ADDRESSES = 10_000;

interface Guesses {
  readonly until: number;
  wrong: number;
}

/**
 * Limits guesses at a token, for each address of a peer. An address with too many is locked for the rest of its time,
 * also for the right token: whoever learns from the answer which one is right is not limited at all.
 */
export class GuessLimiter {
  /** In the order in which they end, since all last equally long. */
  private readonly guesses = new Map<string, Guesses>();

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Milliseconds until a token from this address is looked at again, 0 where it is now. */
  lockedFor(address: string): number {
    const guesses = this.guesses.get(networkOf(address));
    return guesses && guesses.wrong >= MAX_GUESSES ? Math.max(0, guesses.until - this.now()) : 0;
  }

  /** A token from this address was wrong. True where that has locked it. */
  addWrong(address: string): boolean {
    this.forgetEnded();
    const network = networkOf(address);
    const guesses = this.guesses.get(network) ?? { until: this.now() + GUESS_WINDOW_MS, wrong: 0 };
    guesses.wrong++;
    this.guesses.set(network, guesses);
    return guesses.wrong === MAX_GUESSES;
  }

  private forgetEnded(): void {
    for (const [network, { until }] of this.guesses) {
      if (until > this.now() && this.guesses.size < MAX_ADDRESSES) return;
      this.guesses.delete(network);
    }
  }
}

const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 4;

/** An IPv4 address; of IPv6 the first 64 bits, since one machine has all addresses that begin so (RFC 4291, 2.5.4). */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [before = [], after = []] = plain.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: IPV6_GROUPS - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS).join(':');
}
