import { spawnSync } from 'node:child_process';

/** Runs a command of the shell in namespaces of its own, as `unshare` makes them; whether it succeeded. */
function canUnshare(flags: string, command: string): boolean {
  return spawnSync('unshare', [flags, 'sh', '-c', command]).status === 0;
}

/** Whether this user may mount file systems, which takes root and, in a container, CAP_SYS_ADMIN. */
export const CAN_MOUNT = canUnshare('--mount', 'mount -t tmpfs none /mnt');

/** Whether this user may have a network of its own. */
export const CAN_UNSHARE_NETWORK = canUnshare(
  '--net',
  'ip link set lo up && sysctl -qw net.ipv6.conf.all.disable_ipv6=1',
);

/** For `limits` of a host: first run a command of the shell where nothing else of the machine is changed by it. */
export function inNamespace(flags: '--mount' | '--net', command: string): string {
  return `exec unshare ${flags} sh -c '${command} && exec "$@"' namespace "$@"`;
}
