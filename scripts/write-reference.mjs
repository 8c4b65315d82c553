// Writes what is derived from the config classes: the JSON Schema of the triggers file and the tables of
// docs/configuration.md.
// Run after a build: npm run build && npm run reference
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { inProject } from './lib/root.mjs';

const { triggersSchema } = await import('../dist/esm/config/json-schema.js');
const { withVariables } = await import('../dist/esm/config/variables-reference.js');
const { configSchema } = await import('../dist/esm/config-schema.js');

mkdirSync(inProject('schema'), { recursive: true });
const schema = JSON.stringify(triggersSchema(configSchema.triggerKinds));
writeFileSync(inProject('schema/triggers.schema.json'), await format(schema, { parser: 'json', printWidth: 120 }));

const page = inProject('docs/configuration.md');
const text = withVariables(readFileSync(page, 'utf8'), configSchema);
writeFileSync(
  page,
  await format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve', singleQuote: true }),
);
