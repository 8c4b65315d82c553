import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPath } from '../../scripts/tools.mjs';
import { canHaveNamespaces, type Ran, startNamespaces } from './namespaces.js';
import { ROOT, until } from './start-host.js';

/** Where Debian's package was unpacked, if it was. */
const UNPACKED = join(ROOT, '.tools/podman');

/**
 * Podman wants to be where its package puts it, and a tree of control groups that is all of one kind: both are so in these
 * mounts alone. Containers run in a network of their own, which only has loopback; builds have this machine's.
 */
const BOOT = `
set -e
place=$1 unpacked=$2
mount --make-rprivate /
if [ -d "$unpacked" ]; then
  mount -t overlay overlay -o "lowerdir=$unpacked/usr:/usr" /usr
  mount -t overlay overlay -o "lowerdir=$unpacked/lib:/usr/lib" /usr/lib
  mount -t overlay overlay -o "lowerdir=$unpacked/etc:/etc" /etc
fi
mount -t proc proc /proc
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t tmpfs tmpfs /run
touch /run/containers-network
unshare --net=/run/containers-network ip link set lo up
echo booted
exec sleep infinity
`;

const CONFIGURATION = (mounts: readonly string[]) => `
[containers]
volumes = ${JSON.stringify(mounts)}
netns = "host"
cgroups = "disabled"
default_sysctls = []
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
`;

/** `docker`, as the pages call it. */
const DOCKER = (place: string) => `#!/bin/sh
command=$1
shift
# Docker mounts nothing on /tmp of a read-only container by itself.
[ "$command" = run ] && set -- --read-only-tmpfs=false "$@"
exec podman --log-level=fatal --root '${place}/storage' --runroot '${place}/run' --storage-driver overlay "$command" "$@"
`;

/** A real container engine, without a registry: it has the images that are built or imported. */
export interface ContainerEngine {
  /** A folder that is removed with the engine. */
  readonly place: string;
  /** Runs lines of the shell in a folder, `docker` among their commands, on this machine's network. */
  build(folder: string, lines: string): Promise<Ran>;
  /** The same on the network of the containers, where all that they listen on is at 127.0.0.1. */
  run(folder: string, lines: string): Promise<Ran>;
  stop(): Promise<void>;
}

/** Whether this user may use Podman, which takes root; and there is one, as there has to be in CI. */
export function canRunContainers(): boolean {
  return canHaveNamespaces() && (Boolean(process.env['CI']) || toolPath('podman') !== undefined);
}

/** @param mounts Of all builds: `folder:folder in the image[:ro]`. */
export async function startContainerEngine(mounts: readonly string[]): Promise<ContainerEngine> {
  const place = mkdtempSync(join(tmpdir(), 'tributary-containers-'));
  mkdirSync(join(place, 'bin'));
  writeFileSync(join(place, 'bin/docker'), DOCKER(place), { mode: 0o755 });
  writeFileSync(join(place, 'builds.conf'), CONFIGURATION(mounts));
  writeFileSync(join(place, 'runs.conf'), CONFIGURATION([]));
  const namespaces = startNamespaces(BOOT, [place, UNPACKED], { net: false });
  const env = {
    PATH: [join(place, 'bin'), process.env['PATH']].join(':'),
    HOME: place,
    BUILDAH_FORMAT: 'docker',
    BUILDAH_ISOLATION: 'chroot',
  };
  const stop = async () => {
    await namespaces.stop();
    rmSync(place, { recursive: true, force: true });
  };
  try {
    await until('the namespaces of the engine', () => {
      if (namespaces.ended()) throw new Error(namespaces.output());
      return namespaces.output().includes('booted');
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const inFolder = (folder: string, lines: string) => `cd '${folder}' && { ${lines}\n}`;
  return {
    place,
    build: (folder, lines) =>
      namespaces.run(inFolder(folder, lines), { ...env, CONTAINERS_CONF: join(place, 'builds.conf') }),
    run: (folder, lines) =>
      namespaces.run('exec nsenter --net=/run/containers-network sh -c "$LINES"', {
        ...env,
        CONTAINERS_CONF: join(place, 'runs.conf'),
        LINES: inFolder(folder, lines),
      }),
    stop,
  };
}
