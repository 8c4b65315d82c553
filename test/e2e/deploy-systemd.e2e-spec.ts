import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LifecycleConfig } from '../../src/lifecycle/lifecycle.config.js';
import { packInto } from '../support/package-archive.js';
import { blocksOf } from '../support/page-commands.js';
import { HANDLERS, ROOT, until } from '../support/start-host.js';
import { bootSystemd, canBootSystemd, type SystemdMachine } from '../support/systemd-machine.js';

const PAGE = 'docs/deployment/systemd.md';
const UNIT = join(ROOT, 'deploy/systemd/tributary.service');
/** Of 100, as `systemd-analyze security` takes it. */
const EXPOSURE = 12;

/** What `npm install --global tributary-host` comes to, without a registry: the package needs none of its dependencies. */
const INSTALL = `
  # Where systemd looks for programs, wherever the Node of this run is.
  npm config set prefix /usr/local --location=user
  case $(command -v node) in /usr/bin/* | /usr/local/bin/*) ;; *) cp "$(command -v node)" /usr/local/bin/ ;; esac
  root=$(npm root --global) bin=$(npm prefix --global)/bin
  mkdir -p "$root" && tar -xzf tributary-host.tgz -C "$root" --no-same-owner && mv "$root/package" "$root/tributary-host"
  ln -s "$root/tributary-host/bin/tributary.js" "$bin/tributary"
  # Whoever packed it may have had another Node.
  rm "$root"/tributary-host/dist/bundle/*.cache`;

let folder: string;
let machine: SystemdMachine;

/** Runs lines that have to succeed; gives what they print. */
async function sh(lines: string): Promise<string> {
  const { code, stdout, stderr } = await machine.run(`set -e\n${lines}`);
  expect(code, `${lines}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

const property = async (name: string) => (await sh(`systemctl show --property=${name} --value tributary`)).trim();

interface Confinement {
  readonly uid: number;
  readonly socket: string | null;
  readonly stateDirectory: string | null;
  readonly writable: readonly string[];
  readonly readable: readonly string[];
}

async function askProbe(query: string): Promise<Confinement> {
  const answer = await sh(`curl --silent --fail --retry 20 --retry-connrefused 'http://127.0.0.1:8080/?${query}'`);
  return JSON.parse(answer) as Confinement;
}

const ready = () =>
  until('the host to be ready', async () => {
    return (await machine.run('curl --silent --fail http://127.0.0.1:9464/readyz')).code === 0;
  });

describe.runIf(canBootSystemd())('the unit for systemd', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-unit-'));
    for (const part of ['deploy', 'examples']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    copyFileSync(packInto(folder), join(folder, 'tributary-host.tgz'));
    copyFileSync(join(HANDLERS, 'confined.mjs'), join(folder, 'confined.js'));
    machine = await bootSystemd(folder);
  });

  afterAll(async () => {
    await machine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is installed, started and changed by the commands of docs/deployment/systemd.md', async () => {
    const [install = '', explain = '', start = '', ask = '', change = '', settings = '', ...more] = blocksOf(PAGE);
    expect(more).toEqual([]);
    expect(install).toMatch(/^npm install --global tributary-host\n/);
    await sh(install.replace('npm install --global tributary-host', INSTALL));
    expect(await sh('ls "$(npm root --global)"/tributary-host/dist/bundle/*.cache')).toContain(process.version);
    // Blanks and asterisks, which a shell would take apart.
    await sh("echo 'TRIGGER_CRON_SCHEDULE=0 3 * * *' >> /etc/tributary/tributary.env");
    expect(await sh(explain)).toContain('0 3 * * *');
    await sh(start);
    const answers = await sh(ask);
    expect(answers).toContain('Hello Ada, from hello\n');
    expect(answers).toContain('"status":"ready"');
    expect(answers).toContain('Active: active (running)');
    await sh(change);
    await ready();
    await sh(settings);
    await ready();
    // The API asks for the token from now on, which the host has from a file of root's.
    expect(await sh('stat --format="%U %a" /etc/tributary/admin-token')).toBe('root 600\n');
    const api = 'curl --silent --output /dev/null --write-out "%{http_code} " http://127.0.0.1:9464/api/triggers';
    const statuses = await sh(`${api}; ${api} --header "Authorization: Bearer $(cat /etc/tributary/admin-token)"`);
    expect(statuses.trim()).toBe('401 200');
    expect(await sh('journalctl --unit tributary --no-pager --output cat')).toContain(
      'listens on http://127.0.0.1:8080',
    );
  });

  it('has no fault that systemd knows of', async () => {
    expect(await machine.run('systemd-analyze verify /etc/systemd/system/tributary.service')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    await sh("sed 's/^KillMode=.*/KillMode=gently/' deploy/systemd/tributary.service > /run/broken.service");
    expect((await machine.run('systemd-analyze verify /run/broken.service')).stderr).toContain('gently');
  });

  it(`is exposed by less than ${EXPOSURE / 10} of 10`, () => {
    const analyze = (unit: string) =>
      execFileSync('systemd-analyze', ['security', '--offline=true', `--threshold=${EXPOSURE}`, '--no-pager', unit], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(analyze(UNIT)).toContain('Overall exposure level for tributary.service');
    const weaker = join(folder, 'weaker.service');
    writeFileSync(weaker, readFileSync(UNIT, 'utf8').replace(/^(DynamicUser|PrivateUsers|NoNewPrivileges)=.*$/gm, ''));
    expect(() => analyze(weaker)).toThrow('systemd-analyze');
  });

  it('lets the function write to its own /tmp and its state alone, as nobody in particular', async () => {
    await sh('install --mode=0644 confined.js /srv/tributary/handler.js && systemctl restart tributary');
    await ready();
    const folders = '/etc,/srv/tributary,/usr/local,/run,/var/lib/tributary,/tmp,/home,/root';
    const found = await askProbe(`write=${folders}&list=/home,/root,/etc/tributary,/srv/tributary,/proc/1`);
    expect(found.writable).toEqual(['/var/lib/tributary', '/tmp']);
    expect(found.readable).toEqual(['/etc/tributary', '/srv/tributary']);
    expect(found.uid).toBeGreaterThan(1000);
    expect(found.stateDirectory).toBe('/var/lib/tributary');
    // Not TCP, which others of the machine could reach.
    expect(found.socket).toMatch(/^\/tmp\/tributary-/);
    expect((await machine.run(`setpriv --reuid ${found.uid} cat /etc/tributary/tributary.env`)).code).not.toBe(0);
    const status = await sh(`cat /proc/${await property('MainPID')}/status`);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(status).toMatch(/^CapBnd:\t0{16}$/m);
  });

  it('starts the host again when it dies, with nothing of the function left', async () => {
    const before = await property('MainPID');
    expect(Number(before)).toBeGreaterThan(1);
    await sh(`kill -9 ${before}`);
    await until('another host', async () => !['0', before].includes(await property('MainPID')));
    await ready();
    expect(await property('NRestarts')).toBe('1');
    const hosts = await sh(
      'pgrep --full --count "[b]in/tributary start"; pgrep --full --count "[r]untimes/node/index.mjs"',
    );
    expect(hosts.trim().split(/\s+/)).toEqual(['1', '2']);
  });

  it('ends what is in flight when it is stopped, and has the time for it', async () => {
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(readFileSync(UNIT, 'utf8')) ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(new LifecycleConfig().graceMs);
    const holding = askProbe('hold=1500');
    await until('the invocation to run', async () => {
      return (await sh('journalctl --unit tributary --no-pager --output cat')).includes('holding for 1500 ms');
    });
    await sh('systemctl stop tributary');
    expect((await holding).uid).toBeGreaterThan(1000);
    expect(await property('ActiveState')).toBe('inactive');
    expect(await property('Result')).toBe('success');
    expect((await machine.run('pgrep --full "[t]ributary"')).stdout).toBe('');
  });

  it('does not start again what is not configured rightly', async () => {
    await sh('echo PORT=nonsense >> /etc/tributary/tributary.env');
    await machine.run('systemctl reset-failed tributary; systemctl start tributary');
    await until('it to have ended', async () => (await property('ActiveState')) === 'failed');
    expect(await property('ExecMainStatus')).toBe('78');
    expect(await property('NRestarts')).toBe('0');
    expect(await sh('systemctl status --no-pager tributary || true')).toContain('PORT');
  });
});
