import type { Environment } from '../config/read-variables.js';
import { ALL_CLAIMS, checkConformance, CLAIMS, type Claim, type CaseResult } from '../conformance/index.js';
import { type CliError, EXIT_FAILED, EXIT_OK } from './cli-error.js';
import { parseCommand, runCommand, usageError } from './command-line.js';

const claimLines = Object.entries(CLAIMS).map(([claim, meaning]) => `    ${claim.padEnd(18)}${meaning}`);

export const VERIFY_HELP = `tributary verify -- COMMAND [ARGUMENT]...: check a sub-runtime against the wire
protocol

  --handler PATH     the handler that it loads, with the functions of
                     docs/wire-protocol.md, "The suite"; by default
                     SCW_HANDLER_PATH
  --without CLAIM    it does not claim to do this; may stand several times:
${claimLines.join('\n')}

COMMAND is started as the host would, with this environment and
SCW_UPSTREAM_PORT; without one, what the host would start for the handler.
Prints a line for each sentence of the protocol.

Exit codes: 0 all that it claims holds; 1 something does not; 64 wrong usage.
`;

interface VerifyRequest {
  readonly command: readonly [string, ...string[]] | undefined;
  readonly handlerPath: string;
  readonly claims: readonly Claim[];
}

/** `tributary verify`: the conformance suite, for anyone's sub-runtime. Resolves with the exit code. */
export async function verify(args: string[], environment: Environment): Promise<number> {
  return runCommand({ name: 'verify', help: VERIFY_HELP }, args, () =>
    check(readArguments(args, environment), environment),
  );
}

function readArguments(args: string[], environment: Environment): VerifyRequest {
  const { values, positionals } = parseCommand('verify', {
    args,
    allowPositionals: true,
    options: { handler: { type: 'string' }, without: { type: 'string', multiple: true } },
  });
  const [program, ...rest] = positionals;
  const handlerPath = values.handler ?? environment['SCW_HANDLER_PATH'] ?? '';
  if (handlerPath === '') throw usage('expected --handler PATH, or SCW_HANDLER_PATH');
  const left = values.without ?? [];
  const unknown = left.find((name) => !(name in CLAIMS));
  if (unknown !== undefined) throw usage(`--without ${unknown} is none of ${ALL_CLAIMS.join(', ')}`);
  return {
    command: program === undefined ? undefined : [program, ...rest],
    handlerPath,
    claims: ALL_CLAIMS.filter((claim) => !left.includes(claim)),
  };
}

function usage(message: string): CliError {
  return usageError('verify', message);
}

async function check({ command, handlerPath, claims }: VerifyRequest, environment: Environment): Promise<number> {
  const target = {
    name: command?.join(' ') ?? handlerPath,
    ...(command && { command }),
    environment: { ...environment, SCW_HANDLER_PATH: handlerPath },
    claims,
  };
  const counts: Record<CaseResult['kind'], number> = { held: 0, failed: 0, skipped: 0 };
  for await (const { title, result } of checkConformance(target)) {
    counts[result.kind]++;
    process.stdout.write(lineOf(title, result));
  }
  process.stdout.write(`${counts.held} held, ${counts.failed} failed, ${counts.skipped} not claimed\n`);
  return counts.failed === 0 ? EXIT_OK : EXIT_FAILED;
}

function lineOf(title: string, result: CaseResult): string {
  switch (result.kind) {
    case 'held':
      return `ok    ${title}\n`;
    case 'skipped':
      return `-     ${title} (${result.reason})\n`;
    case 'failed':
      return `FAIL  ${title}\n${result.reason.replaceAll(/^/gm, '        ')}\n`;
  }
}
