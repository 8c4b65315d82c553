import { Matches } from 'class-validator';
import type { ConfigRule } from '../../config/config-schema.js';
import { Flag, Milliseconds, Port, Text, Whole } from '../../config/variable.decorator.js';
import { HostError } from '../../errors.js';
import { commandOf } from './launch-plan.js';

const HOST = /^(http:\/\/)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)\/?$/;

/** What runs the function, and where it listens. */
export class SubRuntimeConfig {
  @Text('SCW_HANDLER_PATH', {
    required: true,
    expected: 'the absolute path of the handler, with or without its extension',
    description: 'Absolute path of the handler, or of the binary',
  })
  @Matches(/^\//, { message: 'the absolute path of the handler, with or without its extension' })
  handlerPath!: string;

  @Flag('SCW_HANDLER_IS_BINARY', { description: 'The handler is itself the sub-runtime: run it' })
  handlerIsBinary = false;

  @Text('SCW_RUNTIME_BINARY', {
    description: "Command of the sub-runtime; by default one that ships, by the handler's extension",
  })
  runtimeBinary?: string;

  @Text('SCW_RUNTIME_BRIDGE', { description: 'First argument of the command: the script of the sub-runtime' })
  runtimeBridge?: string;

  @Text('SCW_UPSTREAM_HOST', { description: 'Host where a sub-runtime on TCP listens, with or without http://' })
  @Matches(HOST, { message: 'a host name or address, with or without http://' })
  upstreamHost = '127.0.0.1';

  @Port('SCW_UPSTREAM_PORT', {
    description: 'Port where a sub-runtime on TCP listens; the k-th worker on the k-th after it',
  })
  upstreamPort = 8081;

  @Whole('SUB_RUNTIME_WORKERS', { description: 'Processes of the sub-runtime', min: 1, max: 256 })
  workers = 1;

  @Milliseconds('SUB_RUNTIME_START_TIMEOUT_MS', { description: 'Time for a sub-runtime to listen' })
  startTimeoutMs = 10_000;
}

/** What is to be started exists, and the workers' ports are ports. */
export function subRuntimeRule(runtimesFolder: string): ConfigRule {
  return (config, findings) => {
    const settings = config.get(SubRuntimeConfig);
    const lastPort = settings.upstreamPort + settings.workers - 1;
    if (settings.upstreamPort === 0 || lastPort > 65_535) {
      findings.issue(
        'SCW_UPSTREAM_PORT',
        `expected ports from 1 to 65535 for all workers, got ${settings.upstreamPort} to ${lastPort}`,
      );
    }
    try {
      commandOf(settings, runtimesFolder);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const [name, ...rest] = error.message.split(' ');
      findings.issue(name ?? 'SCW_HANDLER_PATH', rest.join(' '));
    }
  };
}
