import type { IncomingMessage } from 'node:http';
import { isLoopbackAddress, isLoopbackHost } from './loopback.js';

/** What proxies add. One on this machine forwards what comes from elsewhere. */
const FORWARDED = /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip)$/;

/**
 * Why a request is not one of somebody on this machine, `undefined` where it is. A browser on this machine is somebody
 * only where it shows a page of this port itself.
 */
export function whyNotLocal({ socket, url = '', headersDistinct: headers }: IncomingMessage): string | undefined {
  if (!isLoopbackAddress(socket.remoteAddress)) return 'The client is not on this machine';
  if (Object.keys(headers).some((name) => FORWARDED.test(name))) return 'The request was forwarded';
  // RFC 9112, 3.2.2: a target with a host counts, and the header does not.
  if (!url.startsWith('/')) return 'The target names a host';
  const host = headers['host']?.length === 1 ? headers['host'][0] : undefined;
  if (!isLoopbackHost(host)) return 'The Host header is not that of a loopback address';
  const own = `http://${host}`;
  if (headers['origin']?.some((origin) => !isSameText(origin, own))) return 'The Origin is another one';
  // Browsers name no origin where they only fetch an image or a script, and older ones not even where they send a form.
  if (headers['sec-fetch-site']?.some((site) => site !== 'same-origin' && site !== 'none')) {
    return 'The page is of another site';
  }
  if (headers['referer']?.some((page) => !isSameText(originOf(page), own))) return 'The Referer is of another site';
  return undefined;
}

function isSameText(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/** Scheme and authority as they are written, so that they can be compared with a `Host`. */
function originOf(url: string): string | undefined {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0];
}
