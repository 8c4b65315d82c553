import { writeFileSync } from 'node:fs';
import { inProject } from '../../scripts/lib/root.mjs';
import { outputOf } from './output-of.mjs';
import { scratch } from './scratch.mjs';

const SCRIPT = inProject('bench/lib/load.lua');

/** A load generator that is wrk: one thread, since it shares two cores with what it measures. */
export function wrk(program) {
  return async ({ url, method, headers, body }, { connections, seconds }) => {
    const request = [method, bodyFile(body), ...Object.entries(headers).flat()];
    const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '-s', SCRIPT, url, '--'];
    const output = await outputOf([program, ...options, ...request]);
    const result = /^RESULT (.*)$/m.exec(output)?.[1];
    if (!result) throw new Error(`wrk has no result:\n${output}`);
    return figuresOf(JSON.parse(result));
  };
}

let files = 0;
const written = new Map();

function bodyFile(body) {
  if (body.length === 0) return '-';
  if (!written.has(body)) {
    written.set(body, scratch(`body-${++files}`));
    writeFileSync(written.get(body), body);
  }
  return written.get(body);
}

function figuresOf({ requests, microseconds, p50, p99, errors }) {
  return { requests, rate: requests / (microseconds / 1_000_000), p50, p99, errors };
}
