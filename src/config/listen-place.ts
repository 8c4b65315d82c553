import { once } from 'node:events';
import { createServer } from 'node:net';
import { HostError, messageOf } from '../errors.js';

/** Where the host listens, and the variables that say so. */
export interface ListenPlace {
  readonly port: number;
  readonly host: string;
  readonly portVariable: string;
  readonly hostVariable: string;
}

/** A `HostError` that names the variable, where the configuration is to blame; a bug stays what it is. */
export function explainListen(error: unknown, { port, host, portVariable, hostVariable }: ListenPlace): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new HostError(
        'PORT_TAKEN',
        `${portVariable} ${port} is taken by another process on ${host}; end it or choose another port`,
        { cause: error },
      );
    case 'EACCES':
      return new HostError(
        'PORT_TAKEN',
        `${portVariable} ${port}: this user may not listen on it; choose one above 1023`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new HostError(
        'CONFIG_INVALID',
        `${hostVariable}: ${host} is no address of this machine: ${messageOf(error)}`,
        { cause: error },
      );
    default:
      return error;
  }
}

/** Where there is no IPv6, all addresses are those of IPv4. */
export function isWithoutIpv6(error: unknown, host: string): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL');
}

/**
 * Listens for a moment; resolves with what stands in the way, `undefined` where nothing does, or where the port is none, which
 * is told elsewhere. Never rejects.
 */
export async function problemOfListening(place: ListenPlace): Promise<HostError | undefined> {
  if (!Number.isInteger(place.port)) return undefined;
  const server = createServer();
  try {
    await once(server.listen(place.port, place.host), 'listening');
  } catch (error) {
    const explained = isWithoutIpv6(error, place.host) ? undefined : explainListen(error, place);
    return explained instanceof HostError ? explained : undefined;
  }
  await new Promise((resolve) => server.close(resolve));
  return undefined;
}
