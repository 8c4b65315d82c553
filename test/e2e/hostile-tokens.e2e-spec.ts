import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignClaims, misshapenClaims } from '../support/hostile-claims.js';
import { malformedTokens, wrappedTokens } from '../support/hostile-forms.js';
import { brokenSignatures, tokenWithLeadingZero } from '../support/hostile-signatures.js';
import {
  ambiguousHeaders,
  CANARY,
  claims,
  confusedTokens,
  demandingHeaders,
  keyHeaders,
  otherAlgorithms,
  unsignedTokens,
  validToken,
  type Vectors,
} from '../support/hostile-tokens.js';
import { openRaw, rawExchange, statusOf } from '../support/raw-http.js';
import { type Host, startHost } from '../support/start-host.js';
import {
  APPLICATION_ID,
  applicationClaims,
  NAMESPACE_ID,
  namespaceClaims,
  rs256Token,
  rsaKeys,
  spkiPem,
} from '../support/tokens.js';

/** The host's own texts (contract, sections 5 and 6): nothing of a token is in an answer. */
const TEXTS: Record<number, RegExp> = {
  400: /^Bad Request$/,
  401: /^(Unauthorized|authorization token not valid)$/,
  403: /^Forbidden$/,
  431: /^The headers are over the limit\.$/,
};
const HEADERS = ['SCW-Functions-Token', 'SCW_FUNCTIONS_TOKEN', 'X-Auth-Token'];
const FAR = 4_102_444_800;

const keys = rsaKeys();
const attacker = rsaKeys();
const valid = validToken(keys);

/** Where anything that a token points to would be fetched: every connection is counted. */
let connections = 0;
const trap = createServer((socket) => {
  connections++;
  socket.destroy();
}).listen(0, '127.0.0.1');
await once(trap, 'listening');
const trapUrl = `http://127.0.0.1:${(trap.address() as { port: number }).port}`;

let host: Host;
beforeAll(async () => {
  const env = { SCW_PUBLIC: undefined, SCW_APPLICATION_ID: APPLICATION_ID, SCW_NAMESPACE_ID: NAMESPACE_ID };
  host = await startHost({ env: { ...env, SCW_PUBLIC_KEY: spkiPem(keys), LOG_LEVEL: 'trace' } });
});
afterAll(async () => {
  trap.close();
  await host.stop();
});

/** All that was sent in place of a token, to look for in what the host wrote. */
const sent = new Set([valid]);
/** What was answered to each request, by its id. */
const statuses = new Map<string, number>();
let count = 0;

interface Request {
  readonly method?: string;
  readonly target?: (marker: string) => string;
  readonly body?: string;
  readonly version?: string;
}

/** Sends header lines, byte for byte. What the function would write, if it ran, is `ran-<marker>`. */
async function exchange(
  lines: string | Buffer,
  { method = 'GET', target, body = '', version = '1.1' }: Request = {},
): Promise<string> {
  const marker = `attack-${count++}`;
  const path = target?.(marker) ?? `/log?line=ran-${marker}`;
  const head = `${method} ${path} HTTP/${version}\r\nHost: a\r\nConnection: close\r\nX-Request-Id: ${marker}\r\n`;
  const bytes = Buffer.isBuffer(lines) ? lines : Buffer.from(lines);
  const answer = await rawExchange(
    host.port,
    Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n\r\n${body}`)]),
  );
  statuses.set(marker, statusOf(answer));
  return answer;
}

async function exchangeToken(token: string | Buffer, name = 'SCW-Functions-Token'): Promise<string> {
  sent.add(token.toString());
  return exchange(Buffer.concat([Buffer.from(`${name}: `), Buffer.from(token)]));
}

/** Fails unless this is the host's own plain answer, and says nothing but its constant text. */
function expectRefusal(answer: string, status: number): void {
  expect(statusOf(answer)).toBe(status);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(body).toMatch(TEXTS[status] ?? /^never$/);
  expect(head).toMatch(/^content-type: text\/plain/im);
  const names = head
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(':')[0]?.toLowerCase());
  const usual = ['access-control-allow-headers', 'access-control-allow-origin', 'connection', 'content-length'];
  expect([...usual, 'content-type', 'date', 'x-request-id']).toEqual(expect.arrayContaining(names));
}

async function grants(token: string): Promise<void> {
  expect(statusOf(await exchangeToken(token))).toBe(200);
}

describe.each<[string, Vectors]>([
  ['a token that is not signed', unsignedTokens(keys)],
  ['HMAC by what is public', confusedTokens(keys)],
  ['any other algorithm', otherAlgorithms(keys)],
  ['a header that asks for more than is understood', demandingHeaders(keys)],
  ['a header that can be read in two ways', ambiguousHeaders(keys)],
  ['what is no compact token', malformedTokens(keys)],
  ['other serialisations and tokens in tokens', wrappedTokens(keys)],
  ['a signature that is broken', brokenSignatures(keys)],
])('refuses %s', (_class, vectors) => {
  it.each(vectors)('section 6: %s', async (_name, make) => {
    expectRefusal(await exchangeToken(await make()), 401);
  });
});

describe('a header that names or brings a key', () => {
  it.each(keyHeaders(attacker, trapUrl))('section 6: does not make it count: %s', async (_name, header) => {
    expectRefusal(await exchangeToken(rs256Token(attacker, claims(), { alg: 'RS256', ...header })), 401);
  });

  it.each(keyHeaders(attacker, trapUrl))('section 6: is not heeded beside the right key: %s', async (_, header) => {
    await grants(rs256Token(keys, claims(), { alg: 'RS256', ...header }));
  });

  it('section 6: has nothing fetched, nor has an issuer', async () => {
    await grants(validToken(keys, { iss: trapUrl, jku: trapUrl, cnf: { jku: trapUrl } }));
    expectRefusal(await exchangeToken(rs256Token(attacker, claims({ iss: trapUrl }))), 401);
    expect(connections).toBe(0);
  });
});

describe('the shape of the claims', () => {
  it.each(misshapenClaims())('section 6: refuses application_claim as %s', async (_name, text) => {
    expectRefusal(await exchangeToken(rs256Token(keys, text)), 401);
  });

  it.each(foreignClaims())('section 6: forbids what is meant for %s', async (_name, text) => {
    const payload = `{"canary":"${CANARY}","application_claim":[${text}]}`;
    expectRefusal(await exchangeToken(rs256Token(keys, payload)), 403);
  });

  it.each<[string, string | Buffer]>([
    ['no JSON', 'claims'],
    ['no UTF-8', Buffer.from(`{"application_claim":[{"application_id":"${APPLICATION_ID}"}],"a":"\xff"}`, 'latin1')],
    ['NaN', `{"application_claim":[{"application_id":"${APPLICATION_ID}"}],"a":NaN}`],
    ['exp twice', `{"application_claim":[{"application_id":"${APPLICATION_ID}"}],"exp":${FAR},"exp":${FAR}}`],
    ['a name twice deep within', `{"application_claim":[{"application_id":"${APPLICATION_ID}","a":[{"b":1,"b":1}]}]}`],
  ])('section 6: refuses claims with %s', async (_name, payload) => {
    expectRefusal(await exchangeToken(rs256Token(keys, payload)), 401);
  });
});

describe('times at their edges', () => {
  const now = () => Date.now() / 1_000;
  const NOT_FINITE = ['1e400', '-1e400', '9'.repeat(400), `"${FAR}"`, '""', 'null', 'true', 'false', `[${FAR}]`, '{}'];
  const timed = (members: string) => `{"canary":"${CANARY}",${members},${JSON.stringify(applicationClaims()).slice(1)}`;
  const refused: [string, () => string][] = [
    ['exp is now', () => `"exp":${now()}`],
    ['exp is this second', () => `"exp":${Math.floor(now())}`],
    ['exp was a moment ago', () => `"exp":${now() - 0.001}`],
    ['exp is 0', () => '"exp":0'],
    ['exp is -0', () => '"exp":-0'],
    ['exp is negative', () => `"exp":-${FAR}`],
    ['exp is next to nothing', () => '"exp":1e-400'],
    ['exp in an exponent is past', () => '"exp":1e9'],
    ['nbf is in the future', () => `"nbf":${now() + 60}`],
    ['nbf is in milliseconds', () => `"nbf":${Date.now()}`],
    ['nbf is as large as can be', () => '"nbf":1.7976931348623157e308'],
    ['nbf is behind exp', () => `"nbf":${now() + 60},"exp":${now() - 60}`],
    ['exp is past under an escaped name', () => String.raw`"\u0065xp":1`],
    ...['exp', 'nbf', 'iat'].flatMap((name) =>
      NOT_FINITE.map((value): [string, () => string] => [
        `${name} is ${value.slice(0, 20)}`,
        () => `"${name}":${value}`,
      ]),
    ),
  ];
  const granted: [string, () => string][] = [
    ['exp is in the future', () => `"exp":${now() + 600}`],
    ['exp has a fraction', () => `"exp":${Math.floor(now()) + 600.25}`],
    ['exp is as large as can be', () => '"exp":1.7976931348623157e308'],
    ['nbf is this second', () => `"nbf":${Math.floor(now())}`],
    ['nbf is now', () => `"nbf":${now()}`],
    ['nbf is negative', () => '"nbf":-1'],
    ['iat is in the future, which says nothing of validity', () => `"iat":${FAR}`],
    ['iat is negative', () => '"iat":-1e300'],
    ['there is no exp', () => '"jti":1'],
    ['times of another case are no times', () => `"EXP":1,"Nbf":${FAR}`],
  ];

  it.each(refused)('section 6: refuses a token where %s', async (_name, members) => {
    expectRefusal(await exchangeToken(rs256Token(keys, timed(members()))), 401);
  });

  it.each(granted)('section 6: grants a token where %s', async (_name, members) => {
    await grants(rs256Token(keys, timed(members())));
  });
});

describe('huge tokens', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const names = (length: number) => Array.from({ length }, (_, i) => `"n${i}":${i}`).join();
  const withMembers = (members: string) => `{"alg":"RS256",${members}}`;
  const headers: [string, string][] = [
    ['deep arrays', withMembers(`"x":${nested(5_000)}`)],
    ['deep objects', withMembers(`"x":${objects(1_800)}`)],
    ['arrays without an end', withMembers(`"x":${'['.repeat(11_000)}`)],
    ['very many names', withMembers(names(1_000))],
    ['one name very often', withMembers(Array(1_500).fill('"x":1').join())],
    ['empty names', withMembers(Array(2_000).fill('"":1').join())],
    ['numbers that look like indices', withMembers(Array.from({ length: 900 }, (_, i) => `"${i}":1`).join())],
    ['a number of very many digits', withMembers(`"x":${'9'.repeat(11_000)}`)],
    ['very many blanks', withMembers(`${' '.repeat(10_000)}"x":1`)],
    ['very many escapes', withMembers(`"x":"${String.raw`\u0022`.repeat(1_800)}"`)],
    ['very many quotes', withMembers(`"x":["${'","'.repeat(3_500)}"]`)],
  ];

  it.each(headers)('section 6: refuses %s in a header that nobody signed', async (_name, header) => {
    expectRefusal(await exchangeToken(rs256Token(attacker, claims(), header)), 401);
  });

  it('section 6: refuses a token just under the limit of the headers, and answers 431 just over it', async () => {
    const heads = 200;
    expectRefusal(await exchangeToken('A'.repeat(65_536 - heads)), 401);
    expectRefusal(await exchangeToken(`${'A'.repeat(20_000)}.${'A'.repeat(20_000)}.${'A'.repeat(20_000)}`), 401);
    expectRefusal(await exchangeToken('.'.repeat(65_000)), 401);
    expectRefusal(await exchangeToken('A'.repeat(65_536)), 431);
  });

  it('section 6: refuses a header that is repeated a thousand times', async () => {
    expectRefusal(await exchange(Array(1_000).fill('X-Auth-Token: a.b.c').join('\r\n')), 401);
  });

  it('section 6: grants a token of 12 kB with very many claims', async () => {
    const token = rs256Token(keys, `{${names(780)},${JSON.stringify(claims()).slice(1)}`);
    expect(token.length).toBeGreaterThan(11_000);
    await grants(token);
  });

  it('section 6: refuses claims that are nested too deeply for those who read them, whoever signed them', async () => {
    const deep = (text: string) => `{"x":${text},${JSON.stringify(claims()).slice(1)}`;
    for (const text of [nested(5_500), nested(1_000), objects(1_700)]) {
      expectRefusal(await exchangeToken(rs256Token(keys, deep(text))), 401);
    }
    await grants(rs256Token(keys, deep(nested(30))));
  });
});

describe('several token headers', () => {
  it('section 6: the first that is not empty decides, whatever stands in the others', async () => {
    const forbidden = rs256Token(keys, { canary: CANARY, application_claim: [{ application_id: 'other' }] });
    const statusByValue = new Map([
      ['', undefined],
      [valid, 200],
      ['garbage', 401],
      [forbidden, 403],
    ]);
    const values = [undefined, ...statusByValue.keys()];
    const combinations = values.flatMap((a) => values.flatMap((b) => values.map((c) => [a, b, c])));
    const outcomes = await inGroups(combinations, async (combination) => {
      const lines = combination.flatMap((value, i) => (value === undefined ? [] : [`${HEADERS[i]}: ${value}`]));
      const answer = await exchange(['A: b', ...lines.toReversed()].join('\r\n'));
      if (statusOf(answer) !== 200) expectRefusal(answer, statusOf(answer));
      return statusOf(answer);
    });
    const expected = combinations.map((combination) => {
      const statuses = combination.map((value) => (value === undefined ? undefined : statusByValue.get(value)));
      return statuses.find((status) => status !== undefined) ?? 401;
    });
    expect(outcomes).toEqual(expected);
  });

  it.each(HEADERS)('section 6: refuses %s that is repeated, whatever the order and the case', async (name) => {
    const pairs = [
      [valid, valid],
      [valid, 'garbage'],
      ['garbage', valid],
      ['', valid],
      [valid, ''],
    ];
    for (const [first, second] of pairs) {
      const lines = [`${name}: ${first}`, 'A: b', `${name.toLowerCase()}: ${second}`];
      expectRefusal(await exchange(lines.join('\r\n')), 401);
    }
    expectRefusal(await exchange(`${name}: ${valid.slice(0, 90)}\r\n${name}: ${valid.slice(90)}`), 401);
  });

  it('section 6: refuses a token in halves over two headers', async () => {
    const [half, rest] = [valid.slice(0, 90), valid.slice(90)];
    expectRefusal(await exchange(`${HEADERS[0]}: ${half}\r\n${HEADERS[1]}: ${rest}`), 401);
  });

  it('section 6: a header that Connection names still decides', async () => {
    expectRefusal(
      await exchange(`Connection: ${HEADERS[0]}\r\n${HEADERS[0]}: garbage\r\n${HEADERS[2]}: ${valid}`),
      401,
    );
  });
});

describe('a token in another place', () => {
  it.each([
    `Authorization: Bearer ${valid}`,
    `Authorization: ${valid}`,
    `Proxy-Authorization: Bearer ${valid}`,
    `Cookie: SCW-Functions-Token=${valid}; X-Auth-Token=${valid}`,
    `Sec-WebSocket-Protocol: X-Auth-Token, ${valid}`,
    `SCW_Functions-Token: ${valid}`,
    `SCW-FUNCTIONS_TOKEN: ${valid}`,
    `ScwFunctionsToken: ${valid}`,
    `X_Auth_Token: ${valid}`,
    `X_AUTH_TOKEN: ${valid}`,
    `X-Auth-Tokens: ${valid}`,
    `X-Access-Token: ${valid}`,
    `X-API-Key: ${valid}`,
    `X-Forwarded-X-Auth-Token: ${valid}`,
    `X-Original-Authorization: Bearer ${valid}`,
    `A: b; X-Auth-Token: ${valid}`,
    `__proto__: ${valid}`,
  ])('section 6: is not read: %.30s', async (line) => expectRefusal(await exchange(line), 401));

  it.each<[string, (marker: string) => string]>([
    ['the query', (marker) => `/log?line=ran-${marker}&X-Auth-Token=${valid}&token=${valid}&access_token=${valid}`],
    ['the path', (marker) => `/${valid}/log?line=ran-${marker}`],
    ['the user of an absolute target', (marker) => `http://${valid}@a/log?line=ran-${marker}`],
  ])('section 6: is not read in %s', async (_place, target) => {
    const answer = await exchange('A: b', { target });
    expect([400, 401]).toContain(statusOf(answer));
    expectRefusal(answer, statusOf(answer));
  });

  it('section 6: is not read in a body, nor in what follows one', async () => {
    const form = `X-Auth-Token=${valid}`;
    const lines = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}`;
    expectRefusal(await exchange(lines, { method: 'POST', body: form }), 401);
    const chunked = 'Transfer-Encoding: chunked\r\nTrailer: X-Auth-Token';
    const body = `1\r\na\r\n0\r\nX-Auth-Token: ${valid}\r\n\r\n`;
    expectRefusal(await exchange(chunked, { method: 'POST', body }), 401);
  });

  it('section 6: does not open the connection for the requests behind it', async () => {
    const connection = await openRaw(host.port);
    const request = (path: string, line: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`;
    connection.write(request('/log?line=granted', `X-Auth-Token: ${valid}`));
    await connection.answers(1);
    connection.write(
      request('/log?line=ran-attack-kept', 'A: b') +
        request('/log?line=granted', `X-Auth-Token: ${valid}`) +
        request('/log?line=ran-attack-piped', 'Connection: close'),
    );
    const statuses = (await connection.closed()).match(/HTTP\/1\.1 \d+/g);
    expect(statuses?.map((line) => line.slice(9))).toEqual(['200', '401', '200', '401']);
  });
});

describe('every way in asks for a token', () => {
  it.each<[string, string, Request]>([
    ['HTTP/1.0', 'A: b', { version: '1.0' }],
    ['an upgrade to a WebSocket', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13', {}],
    ['an upgrade to HTTP/2', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk', {}],
    ['a request of CORS', 'Origin: http://a\r\nAccess-Control-Request-Method: POST', { method: 'OPTIONS' }],
    ['OPTIONS of the whole server', 'A: b', { method: 'OPTIONS', target: () => '*' }],
    ['TRACE', 'A: b', { method: 'TRACE' }],
    ['a method of WebDAV', 'A: b', { method: 'PROPFIND' }],
    ['another method in a header', 'X-HTTP-Method-Override: OPTIONS\r\nX-Original-URL: /robots.txt', {}],
    ['a path of this machine', 'X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1', { target: () => '/livez' }],
    ['a path like one that is never invoked', 'A: b', { target: (marker) => `/robots.txt/../log?line=ran-${marker}` }],
    ['an event of a message queue', 'SCW_TRIGGER_TYPE: mqtt\r\nContent-Length: 2', { method: 'POST', body: '{}' }],
    ['a trigger that is not known', 'SCW_TRIGGER_TYPE: sqs', {}],
    ['a CloudEvent', 'Ce-Specversion: 1.0\r\nCe-Id: 1\r\nCe-Source: /\r\nCe-Type: a', {}],
    ['a stored invocation', 'Prefer: respond-async', {}],
  ])('section 6: %s', async (_way, lines, request) => expectRefusal(await exchange(lines, request), 401));
});

describe('bytes that no header may hold', () => {
  it.each<[string, string]>([
    ['NUL', `X-Auth-Token: ${valid}\0`],
    ['a control character', `X-Auth-Token: ${valid}\x0b`],
    ['DEL', `X-Auth-Token: ${valid}\x7f`],
    ['a bare CR', `X-Auth-Token: ${valid.slice(0, 90)}\r${valid.slice(90)}`],
    ['a bare LF', `X-Auth-Token: ${valid.slice(0, 90)}\n${valid.slice(90)}`],
    ['a bare LF before a token', `A: b\nX-Auth-Token: ${valid}`],
    ['a folded line', `X-Auth-Token: ${valid.slice(0, 90)}\r\n ${valid.slice(90)}`],
    ['a blank before the colon', `X-Auth-Token : ${valid}`],
    ['a blank before the name', ` X-Auth-Token: ${valid}`],
  ])('section 5: %s is answered 400', async (_name, lines) => expectRefusal(await exchange(lines), 400));
});

describe('tokens that must work do', () => {
  it.each<[string, string]>([
    ['plain', `X-Auth-Token: ${valid}`],
    ['blanks around it, which are no part of a value', `X-Auth-Token: \t ${valid} \t`],
    ['no blank', `X-Auth-Token:${valid}`],
    ['a name of any case', `sCw-FuNcTiOnS-tOkEn: ${valid}`],
    ['a signature with a leading zero', `X-Auth-Token: ${tokenWithLeadingZero(keys)}`],
    ['no typ', `X-Auth-Token: ${rs256Token(keys, claims(), { alg: 'RS256' })}`],
    ['blanks in the header', `X-Auth-Token: ${rs256Token(keys, claims(), ' { "alg" : "RS256" } ')}`],
    ['an escaped alg', `X-Auth-Token: ${rs256Token(keys, claims(), String.raw`{"alg":"\u0052S256"}`)}`],
    ['a namespace', `X-Auth-Token: ${rs256Token(keys, namespaceClaims({ canary: CANARY }))}`],
    ['a lone surrogate in a claim', `X-Auth-Token: ${rs256Token(keys, claims({ name: '\ud800' }))}`],
  ])('section 6: %s', async (_name, lines) => {
    sent.add(lines.split(':')[1]?.trim() ?? '');
    expect(statusOf(await exchange(lines))).toBe(200);
  });

  it('section 6: names of prototypes among the claims reach the function as what they are', async () => {
    const payload = `{"__proto__":{"admin":true},"constructor":1,${JSON.stringify(applicationClaims()).slice(1)}`;
    const response = await fetch(`${host.url}/echo`, { headers: { 'X-Auth-Token': rs256Token(keys, payload) } });
    const { event } = (await response.json()) as { event: { requestContext: { authorizer: { claims: object } } } };
    expect(JSON.stringify(event.requestContext.authorizer.claims)).toBe(payload);
  });

  it('section 6: good and bad ones at once, each with its own answer', async () => {
    const cases = Array.from({ length: 200 }, (_, i): [string, number] => {
      const jti = i % 20;
      if (i % 3 === 0) return [validToken(keys, { jti }), 200];
      return [i % 3 === 1 ? validToken(attacker, { jti }) : validToken(keys, { jti, exp: 1 }), 401];
    });
    const statuses = await inGroups(cases, async ([token]) => statusOf(await exchangeToken(token)));
    expect(statuses).toEqual(cases.map(([, status]) => status));
  });
});

describe('after all of this', () => {
  it('section 6: the function ran for nothing that was refused, and no token and no claim was written', async () => {
    const last = `attack-${count}`;
    await exchange(`X-Auth-Token: ${valid}`, { target: () => '/log?line=written-last' });
    statuses.delete(last);
    await host.outputs('written-last');
    expect((await fetch(`${host.adminUrl}/readyz`)).status).toBe(200);
    expect(connections).toBe(0);
    await host.stop();

    const output = host.output();
    const granted = [...statuses].flatMap(([marker, status]) => (status === 200 ? [marker] : [])).sort();
    expect((output.match(/(?<=ran-)attack-\w+/g) ?? []).sort()).toEqual(granted);
    const invoked = host.logs().flatMap((line) => ('outcome' in line ? [String(line['requestId'])] : []));
    expect(invoked.filter((id) => id.startsWith('attack-')).sort()).toEqual([...granted, last].sort());

    const telling = [...sent].flatMap((token) => token.split('.')).filter((part) => part.length > 16);
    expect(telling.length).toBeGreaterThan(500);
    expect(telling.filter((part) => output.includes(part))).toEqual([]);
    expect(output).not.toContain(CANARY);
  });
});

/** Some at once, in order. */
async function inGroups<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < all.length; i += 20) results.push(...(await Promise.all(all.slice(i, i + 20).map(work))));
  return results;
}
