import { type DynamicModule, Module } from '@nestjs/common';
import type { ConfigSchema } from './config-schema.js';
import { HostConfig } from './host-config.js';

/** Makes every section injectable by its class, and `HostConfig` for whoever needs the triggers. */
@Module({})
export class ConfigModule {
  static forRoot(config: HostConfig, schema: ConfigSchema): DynamicModule {
    const sections = schema.sections.map((section) => ({ provide: section, useValue: config.get(section) }));
    const providers = [{ provide: HostConfig, useValue: config }, ...sections];
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
