import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPath } from '../../scripts/tools.mjs';
import { freePort, until } from './start-host.js';

export interface PrometheusServer {
  /** The values of an instant query, one for each series. */
  query(expression: string): Promise<readonly number[]>;
  stop(): Promise<void>;
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** A real Prometheus on 127.0.0.1. @param args As a user gives them; where it listens and stores is set here. */
export async function startPrometheus(args: readonly string[]): Promise<PrometheusServer> {
  const program = toolPath('prometheus');
  if (!program)
    throw new Error('prometheus is neither in .tools/bin nor on the PATH: run node scripts/tools.mjs prometheus');
  const folder = mkdtempSync(join(tmpdir(), 'tributary-prometheus-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const place = [`--web.listen-address=${url.slice('http://'.length)}`, `--storage.tsdb.path=${folder}`];
  const child = spawn(program, [...args, ...place], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('Prometheus to be ready', async () => {
      if (child.exitCode !== null) throw new Error(`prometheus ended:\n${output}`);
      return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { query: (expression) => query(url, expression), stop };
}

async function query(url: string, expression: string): Promise<number[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, error, data } = (await response.json()) as QueryAnswer;
  if (status !== 'success') throw new Error(`${expression}: ${error}`);
  return data.result.map(({ value: [, text] }) => Number(text));
}
