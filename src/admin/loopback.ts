import { BlockList, isIPv4 } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a peer's address is one of this machine's loopback interface, also where IPv6 carries IPv4. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.replace(/^::ffff:/i, '');
  return LOOPBACK.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

const HOST = /^(?:localhost|(127\.\d{1,3}\.\d{1,3}\.\d{1,3})|\[::1\])(?::\d{1,5})?$/i;

/**
 * Whether a `Host` header names this machine itself. A page that rebinds its own name to 127.0.0.1 reaches the port,
 * but its browser still sends that name.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  const match = host === undefined ? null : HOST.exec(host);
  return match !== null && (match[1] === undefined || isIPv4(match[1]));
}
