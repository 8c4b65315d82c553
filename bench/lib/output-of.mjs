import { startOnLeash } from '../../scripts/lib/leash.mjs';

/** Runs a program that cannot outlive this process, and resolves with what it printed on stdout; rejects where it fails. */
export async function outputOf(commandLine) {
  const { child, ended } = startOnLeash(commandLine, { output: 'pipe', errors: 'inherit' });
  let output = '';
  const printed = new Promise((resolve) => child.stdout.once('close', resolve));
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const { code, reason } = await ended;
  await printed;
  if (code !== 0) throw new Error(`${commandLine[0]} ended: ${reason}\n${output}`);
  return output;
}
