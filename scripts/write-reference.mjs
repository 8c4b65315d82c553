// Writes what is derived from the config classes: the JSON Schema of the triggers file and the table of variables in the README.
// Run after a build: npm run build && npm run reference
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { inProject } from './lib/root.mjs';

const { triggersSchema } = await import('../dist/esm/config/json-schema.js');
const { variablesTable } = await import('../dist/esm/config/variables-table.js');
const { configSchema } = await import('../dist/esm/config-schema.js');

mkdirSync(inProject('schema'), { recursive: true });
const schema = JSON.stringify(triggersSchema(configSchema.triggerKinds));
writeFileSync(inProject('schema/triggers.schema.json'), await format(schema, { parser: 'json', printWidth: 120 }));

const readme = readFileSync(inProject('README.md'), 'utf8');
const [begin, end] = ['<!-- variables: written by scripts/write-reference.mjs -->', '<!-- /variables -->'];
const [before, rest] = readme.split(begin);
const after = rest.split(end)[1];
const text = `${before}${begin}\n\n${variablesTable(configSchema)}\n\n${end}${after}`;
writeFileSync(
  inProject('README.md'),
  await format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve', singleQuote: true }),
);
