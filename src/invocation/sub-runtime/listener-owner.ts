import { readlinkSync } from 'node:fs';
import { list, membersOf, quietly, read } from './process-group.js';

export type ListenerOwner = 'ours' | 'foreign' | 'unknown';

const LISTEN = '0A';

/**
 * Whether the process that listens on a local TCP port belongs to a process group, by `/proc/net/tcp` and the open
 * files of the group's members. `unknown` where there is no `/proc`, as on macOS.
 */
export function ownerOfPort(port: number, group: number): ListenerOwner {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return 'unknown';
  const members = membersOf(group);
  if (members.some((pid) => holdsAny(pid, inodes))) return 'ours';
  // One that changed its user does not show its files to us.
  return members.every((pid) => list(`/proc/${pid}/fd`).length > 0) ? 'foreign' : 'unknown';
}

function listeningInodes(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => read(file).split('\n').slice(1));
  const sockets = lines.map((line) => line.trim().split(/\s+/));
  const listening = sockets.filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === LISTEN);
  return new Set(listening.map((fields) => `socket:[${fields[9]}]`));
}

function holdsAny(pid: string, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  return list(folder).some((descriptor) => inodes.has(link(`${folder}/${descriptor}`)));
}

function link(path: string): string {
  return quietly(() => readlinkSync(path), '');
}
