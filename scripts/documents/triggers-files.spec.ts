import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readTriggersFile } from '../../src/config/triggers-file.js';
import { configSchema } from '../../src/config-schema.js';
import { documents } from '../../test/support/documents.js';
import { ROOT } from '../../test/support/start-host.js';

const schema = JSON.parse(readFileSync(join(ROOT, 'schema/triggers.schema.json'), 'utf8')) as object;
const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);

/** The blocks that are triggers files, and those within another YAML file, such as a ConfigMap. */
const files = documents().flatMap(({ fences }) =>
  fences
    .filter(({ language }) => ['yaml', 'yml', 'json'].includes(language))
    .flatMap(({ page, line, code }) => triggersIn(code).map((triggers) => ({ place: `${page}:${line}`, triggers }))),
);

function triggersIn(code: string): object[] {
  const documentsOfBlock = parseAllDocuments(code);
  if (!Array.isArray(documentsOfBlock)) return [];
  return documentsOfBlock.flatMap((document) => triggersFilesIn(document.toJSON()));
}

function triggersFilesIn(value: unknown): object[] {
  if (typeof value === 'string' && value.includes('triggers:')) return triggersIn(value);
  if (typeof value !== 'object' || value === null) return [];
  const { triggers } = value as { triggers?: unknown };
  if (Array.isArray(triggers)) return [{ triggers }];
  return Object.values(value).flatMap(triggersFilesIn);
}

describe('the triggers files in all documents', () => {
  it.each(files)('$place is valid by the schema, and for the host', ({ triggers }) => {
    expect(validate(triggers), JSON.stringify(validate.errors)).toBe(true);
    expect(readTriggersFile(JSON.stringify(triggers), configSchema.triggerKinds).issues).toEqual([]);
  });

  it('are all of them', () => {
    expect(files.length).toBeGreaterThan(4);
  });
});
