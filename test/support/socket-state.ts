import { existsSync, readFileSync } from 'node:fs';

const ESTABLISHED = '01';

/**
 * Whether a server still holds its end of a connection, as the kernel has it: the client cannot know while it does not read.
 *
 * @param clientPort The port of the client's end.
 */
export function isHeld(serverPort: number, clientPort: number): boolean {
  const ends = ['/proc/net/tcp', '/proc/net/tcp6'].filter((file) => existsSync(file)).flatMap(endsIn);
  return ends.some(
    ({ local, remote, state }) => local === serverPort && remote === clientPort && state === ESTABLISHED,
  );
}

function endsIn(file: string): { local: number; remote: number; state: string | undefined }[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, local, remote, state] = line.trim().split(/\s+/);
      return { local: portOf(local), remote: portOf(remote), state };
    });
}

const portOf = (address = '') => parseInt(address.split(':')[1] ?? '', 16);
