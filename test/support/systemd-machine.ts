import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canHaveNamespaces, type Ran, startNamespaces } from './namespaces.js';
import { until } from './start-host.js';

const SYSTEMD = '/lib/systemd/systemd';

const BOOT_ENVIRONMENT = {
  container: 'tributary-test',
  SYSTEMD_LOG_TARGET: 'console',
  SYSTEMD_UNIT_PATH: '/etc/systemd/system:/run/systemd/system',
};

/**
 * What process 1 does before it becomes systemd: the machine's own file system, with a layer above it that takes all
 * changes and goes with it; a folder of the test at /checkout; loopback, and no other network.
 */
const BOOT = `
set -e
place=$1 checkout=$2
mount --make-rprivate /
mount -t tmpfs tmpfs "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" "$place/root"
cd "$place/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p checkout
mount --bind "$checkout" checkout
ip link set lo up
# Nothing of this machine is started: systemd finds the units of the test alone, and what each service asks for.
mount -t tmpfs -o mode=755 tmpfs etc/systemd/system
mkdir -p run/systemd/system
for unit in default sysinit basic shutdown multi-user; do
  printf '[Unit]\\nDefaultDependencies=no\\n' > "run/systemd/system/$unit.target"
done
cp lib/systemd/system/systemd-journald* lib/systemd/system/dbus.* run/systemd/system/
# systemd-run waits for what it runs by way of the bus.
echo 'Wants=systemd-journald.service dbus.socket' >> run/systemd/system/default.target
pivot_root . mnt
umount -l /mnt
# In a container systemd leaves this to who starts it; without it a service does not get the credentials that were mounted for it.
mount --make-rshared /
exec ${SYSTEMD} --system --unit=default.target --show-status=no
`;

/** A systemd with this machine's programs, but files, processes and a network of its own. */
export interface SystemdMachine {
  /** Runs lines of the shell as root, in the checkout. */
  run(lines: string): Promise<Ran>;
  /** Ends everything in it. */
  stop(): Promise<void>;
}

/** Whether this user may start a systemd in namespaces, which takes root; and there is one with a bus, as there has to be in CI. */
export function canBootSystemd(): boolean {
  const isThere = () => spawnSync(SYSTEMD, ['--version']).status === 0 && existsSync('/lib/systemd/system/dbus.socket');
  return canHaveNamespaces() && (Boolean(process.env['CI']) || isThere());
}

/** Resolves once it takes commands. @param checkout A folder, which it has as /checkout. */
export async function bootSystemd(checkout: string): Promise<SystemdMachine> {
  const place = mkdtempSync(join(tmpdir(), 'tributary-systemd-'));
  mkdirSync(checkout, { recursive: true });
  const namespaces = startNamespaces(BOOT, [place, checkout], { net: true, env: BOOT_ENVIRONMENT });
  const machine: SystemdMachine = {
    run: (lines) => namespaces.run(`cd /checkout && { ${lines}\n}`),
    stop: async () => {
      await namespaces.stop();
      rmSync(place, { recursive: true, force: true });
    },
  };
  try {
    await until('systemd to take commands', async () => {
      if (namespaces.ended()) throw new Error('systemd ended');
      return (await machine.run('systemctl is-system-running')).stdout.trim() === 'running';
    });
    return machine;
  } catch (error) {
    await machine.stop();
    throw new Error(`${String(error)}\n${namespaces.output()}`, { cause: error });
  }
}
