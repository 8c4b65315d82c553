// Writes schema/triggers.schema.json from the classes that validate the triggers file; run after a build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';

const { triggersSchema } = await import('../dist/esm/config/json-schema.js');
const { configSchema } = await import('../dist/esm/config-schema.js');

mkdirSync('schema', { recursive: true });
const text = JSON.stringify(triggersSchema(configSchema.triggerKinds));
writeFileSync('schema/triggers.schema.json', await format(text, { parser: 'json', printWidth: 120 }));
