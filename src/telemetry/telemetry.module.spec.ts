import { Global, Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { subRuntimeOutput } from '../invocation/sub-runtime/sub-runtime.channel.js';
import { InvocationConfig } from '../invocation/invocation.config.js';
import { LogConfig } from './log.config.js';
import { HOST_LOGGER, loggerOn } from './logger.js';
import { TelemetryModule } from './telemetry.module.js';
import { TracesConfig } from './traces/traces.config.js';

/** Writes where sub-runtimes begin and end to. */
@Injectable()
class Talkative implements OnModuleInit, OnApplicationShutdown {
  onModuleInit(): void {
    subRuntimeOutput.publish({ worker: 0, stream: 'stdout', line: 'first words' });
  }

  onApplicationShutdown(): void {
    subRuntimeOutput.publish({ worker: 0, stream: 'stdout', line: 'last words' });
  }
}

@Global()
@Module({ providers: [Talkative] })
class GlobalModule {}

const SETTINGS = [LogConfig, TracesConfig, InvocationConfig];

@Module({ providers: SETTINGS, exports: SETTINGS })
@Global()
class SettingsModule {}

it('section 7: listens before anything else of the application begins, until all of it has ended', async () => {
  const messages: unknown[] = [];
  const stream = { write: (line: string) => messages.push((JSON.parse(line) as { msg: unknown }).msg) };
  const testing = Test.createTestingModule({ imports: [SettingsModule, TelemetryModule, GlobalModule] })
    .overrideProvider(HOST_LOGGER)
    .useValue(loggerOn(stream, Object.assign(new LogConfig(), { format: 'json' })));
  const application = await (await testing.compile()).init();
  await application.close();
  expect(messages).toEqual(['first words', 'last words']);
});
