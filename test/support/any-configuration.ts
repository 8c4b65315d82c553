import fc from 'fast-check';
import type { TriggersFile } from '../../src/config/load-config.js';
import { type VariableDescription, variablesOf } from '../../src/config/variable.decorator.js';
import type { ConfigSchema } from '../../src/config/config-schema.js';

/** Stands in every secret, and nowhere else. */
export const SECRET = 'hunter2';

const HOSTILE = [
  ...[
    '',
    ' ',
    '0',
    '-0',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '9007199254740993',
    '99999999999999999999',
    '+5',
    ' 5 ',
    '٣',
  ],
  ...[
    'true',
    'false',
    'TRUE',
    'yes',
    'null',
    'undefined',
    '[]',
    '{}',
    '[1]',
    '"x"',
    '{"__proto__":{}}',
    '['.repeat(50_000),
  ],
  ...[
    'a\nb',
    'a\r\nX: y',
    '\u0007\u001b[31m',
    '\u2028',
    '\ud800',
    '\u0000',
    'é',
    '😀',
    'x'.repeat(5_000),
    ',',
    ',,',
    'a,,b',
    '%',
    '${PATH}',
  ],
  ...[
    '/',
    '/dev/null',
    '/dev/zero',
    '/dev/stdin',
    '/proc/self/mem',
    '/etc/passwd',
    '/etc/passwd/x',
    '/tmp',
    '/no/such',
    `/${'y'.repeat(300)}`,
  ],
  ...[
    '../x',
    '.',
    '~',
    '/root/x',
    '/proc/1/environ',
    '/proc/self/environ',
    '\\\\server\\x',
    'file:///etc/passwd',
    `/${'z/'.repeat(3_000)}`,
  ],
  ...[
    'nats://',
    'nats://h:99999',
    'tls://[::1]:4222',
    'http://h',
    'nats://u:p@h',
    'nats://%@h',
    'nats://h\n',
    'localhost:4222',
    '://',
    '[',
    '[::1]',
  ],
  ...[
    '* * * * *',
    '0 0 31 2 *',
    '* * * * * *',
    '@daily',
    '@never',
    '* * * *',
    '*/0 * * * *',
    '60 * * * *',
    '0-99 * * * *',
    ';',
    '* * * * *;',
  ],
  ...[
    '* * * * *\n* * * * *',
    'a b c d e',
    '*/1e9 * * * *',
    '0 0 1-0 * *',
    'L * * * *',
    '0 0 * * MON#1',
    `${'1,'.repeat(3_000)}1 * * * *`,
  ],
  ...[
    'UTC',
    'Europe/Paris',
    'Mars/X',
    '+01:00',
    'utc',
    'Etc/GMT+99',
    'a.b',
    'a.*',
    '>',
    'a.>.b',
    '*.>',
    'a b',
    '$SYS.>',
    'a..b',
    'tributary.>',
  ],
  ...[
    'tcp://10.0.0.1:80',
    '__proto__',
    'constructor',
    'toString',
    'Allow',
    'Forbid',
    'raw',
    'cloudevents',
    'info',
    'json',
    'pretty',
    'all',
    'new',
  ],
] as const;

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) },
);

/** What is meant to be given, most of the time. */
function plausible({ variable, kind, choices, min, max }: VariableDescription): fc.Arbitrary<string> {
  if (choices) return fc.constantFrom(...choices);
  const whole = fc.integer({ min: min ?? 0, max: max ?? 100_000 }).map(String);
  if (kind === 'whole') return whole;
  if (kind === 'wholes') return fc.array(whole, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
  if (kind === 'flag') return fc.constantFrom('true', 'false');
  if (kind === 'json') return fc.json();
  if (variable.endsWith('SCHEDULE')) return fc.constantFrom('* * * * *', '0 3 * * *; 0 4 * * *');
  if (variable.endsWith('TIME_ZONE')) return fc.constantFrom('UTC', 'Europe/Paris');
  if (variable.endsWith('URL')) return fc.constantFrom('nats://127.0.0.1:4222', 'tls://a,tls://b');
  if (variable.endsWith('HANDLER_PATH')) return fc.constant('/any.js');
  return fc.constantFrom('a', 'b.c', 'x-1');
}

function valueOf(description: VariableDescription): fc.Arbitrary<string> {
  const value = fc.oneof({ weight: 2, arbitrary: plausible(description) }, { weight: 1, arbitrary: text });
  if (!description.secret) return value;
  const secret = description.variable.endsWith('URL')
    ? fc.tuple(value, value).map(([before, behind]) => `nats://me:${before}${SECRET}${before}@${behind}`)
    : value.map((given) => `${given}${SECRET}${given}`);
  return fc.oneof(value, secret);
}

function knownVariable({ sections, triggerKinds }: ConfigSchema) {
  const classes = [...sections, ...triggerKinds.map(({ configClass }) => configClass)];
  return fc
    .constantFrom(...classes.flatMap(variablesOf))
    .chain((description) => fc.tuple(fc.constant(description.variable), valueOf(description)));
}

const prefix = fc.constantFrom(
  'TRIGGER_',
  'INVOCATION_',
  'SUB_RUNTIME_',
  'TRIGGER_HTTP_',
  'TRIGGER_NATS_',
  'TRIGGER_CRON_',
);
const unknown = fc.tuple(
  fc
    .tuple(
      prefix,
      fc.oneof(
        fc.string({ unit: fc.constantFrom(...'ABCDE_19'), maxLength: 12 }),
        fc.constantFrom('', '__proto__', 'é', 'Z'.repeat(50_000)),
      ),
    )
    .map(([a, b]) => a + b),
  text,
);
const foreign = fc.tuple(
  fc.constantFrom('SCW_X', 'PATH', 'HOME', 'NODE_OPTIONS', 'ADMIN_SERVICE_PORT', 'TRIGGER_X_SERVICE_HOST'),
  text,
);
/** With what every host needs most of the time, so that the rules get to see something. */
const base = fc.constantFrom<Record<string, string>>({ SCW_HANDLER_PATH: '/any', SCW_RUNTIME_BINARY: '/bin/sh' }, {});
/** Variables of ours, unknown ones under our prefixes, and those of others. */
export const anyEnvironment = (schema: ConfigSchema) =>
  fc
    .tuple(
      base,
      fc.array(
        fc.oneof(
          { weight: 12, arbitrary: knownVariable(schema) },
          { weight: 1, arbitrary: unknown },
          { weight: 1, arbitrary: foreign },
        ),
        { maxLength: 12 },
      ),
    )
    .map(([needed, given]): Record<string, string> => ({ ...needed, ...Object.fromEntries(given) }));

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 2, arbitrary: text },
  {
    weight: 2,
    arbitrary: fc.constantFrom(-1, 0, 1, 1.5, Infinity, NaN, true, null, [], {}, [1], ['a'], ['a', 1], 'a,b'),
  },
);
const entryOf = (schema: ConfigSchema) =>
  fc.constantFrom(...schema.triggerKinds).chain(({ type, configClass }) => {
    const keys = [...variablesOf(configClass).map(({ property }) => property), 'nmae', 'type', '__proto__', 'a\nb'];
    const settings = fc.array(fc.tuple(fc.constantFrom(...keys), anything), { maxLength: 4 });
    const needed = { http: {}, cron: { schedule: '* * * * *' }, nats: { subject: 'a.b' } }[type] ?? {};
    const name = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', type) },
      { weight: 1, arbitrary: anything },
    );
    return fc
      .tuple(name, settings)
      .map(([given, pairs]): object => ({ name: given, type, ...needed, ...Object.fromEntries(pairs) }));
  });
const documentOf = (schema: ConfigSchema) =>
  fc
    .array(fc.oneof({ weight: 8, arbitrary: entryOf(schema) }, { weight: 1, arbitrary: anything }), { maxLength: 4 })
    .map((triggers) => JSON.stringify({ triggers }));
const YAML = [
  ...[
    '',
    '---\n',
    'triggers:',
    'triggers: []',
    '[]',
    'null',
    '- a',
    '%YAML 9\n---\na',
    'a: &x [*x]',
    '*x',
    '!!binary x',
    '!!x y',
    '"',
    '\t',
    '{{',
    'a: b: c',
  ],
  ...[
    'triggers: []\n---\ntriggers: []',
    '<<: {triggers: []}',
    '? [a]\n: b',
    '['.repeat(20_000),
    '- '.repeat(20_000),
    '{a: '.repeat(5_000),
    '\u0000',
    '\ufefftriggers: []',
  ],
  'triggers: [{name: a, type: nats, maxDeliver: .nan, subject: a}, {name: b, type: nats, ackWaitMs: .inf, subject: b}]',
  'triggers: [{name: a, type: cron, schedule: !!set {a, b}}, {name: b, type: http, port: 0o17}]',
  `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\ntriggers: [*c,*c,*c,*c,*c]`,
  'triggers: [{name: a, type: cron, schedule: "* * * * *", args: {? [x] : 1, ? {y: 1} : 2, 3: 4}}]',
] as const;
export const anyTriggersFile = (schema: ConfigSchema): fc.Arbitrary<TriggersFile | undefined> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 5, arbitrary: documentOf(schema) },
    { weight: 2, arbitrary: fc.constantFrom(...YAML) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(documentOf(schema), fc.nat({ max: 200 }), fc.string({ maxLength: 2 }))
        .map(([whole, at, added]) => whole.slice(0, at) + added + whole.slice(at + 1)),
    },
    { weight: 1, arbitrary: fc.constant({ problem: 'expected a file' }) },
  );
