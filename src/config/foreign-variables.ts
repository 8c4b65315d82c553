import { isKubernetesLink } from './kubernetes-links.js';

/** The number that systemd gives to each start of a service, and to whatever a desktop session starts: 128 bits, in hex. */
const INVOCATION_OF_SYSTEMD = /^[0-9a-f]{32}$/;

/**
 * Whether a variable bears a name that could be one of ours, but was set by the platform that the host runs on, and not for it.
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#%24INVOCATION_ID
 */
export function isForeignVariable(name: string, value: string): boolean {
  return isKubernetesLink(name, value) || (name === 'INVOCATION_ID' && INVOCATION_OF_SYSTEMD.test(value));
}
