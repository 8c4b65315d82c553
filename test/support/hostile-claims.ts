import { CANARY } from './hostile-tokens.js';
import { APPLICATION_ID, NAMESPACE_ID } from './tokens.js';

/** Claims that the right key signed, whose shape is wrong (RFC 7519 section 4, RFC 8725 section 3.11), as JSON text. */
export function misshapenClaims(): [string, string][] {
  const ours = `{"application_id":"${APPLICATION_ID}","namespace_id":"${NAMESPACE_ID}"}`;
  const whole = (application: string) => `{"canary":"${CANARY}","application_claim":${application}}`;
  const identifiers = ['null', '1', '0', 'true', 'false', '[]', '{}', `["${APPLICATION_ID}"]`];
  const texts: [string, string][] = [
    ['none', `{"canary":"${CANARY}"}`],
    ['an object', whole(ours)],
    ['an object like an array', whole(`{"0":${ours},"length":1}`)],
    ['a text', whole(`"${APPLICATION_ID}"`)],
    ['JSON in a text', whole(JSON.stringify(`[${ours}]`))],
    ['null', whole('null')],
    ['a number', whole('1')],
    ['true', whole('true')],
    ['an empty array', whole('[]')],
    ['two elements', whole(`[${ours},${ours}]`)],
    ['an element and null', whole(`[${ours},null]`)],
    ['null and an element', whole(`[null,${ours}]`)],
    ['an array in the array', whole(`[[${ours}]]`)],
    ['an empty array in the array', whole('[[]]')],
    ['a text in the array', whole(`["${APPLICATION_ID}"]`)],
    ['null in the array', whole('[null]')],
    ['two of them', `{"application_claim":[${ours}],"application_claim":[${ours}]}`],
    ['two of them, one escaped', String.raw`{"application_claim":[${ours}],"application\u005fclaim":[{}]}`],
    ['another case', `{"Application_Claim":[${ours}]}`],
    ['camel case', `{"applicationClaim":[${ours}]}`],
    ['an inherited one', `{"__proto__":{"application_claim":[${ours}]}}`],
    ['one of the constructor', `{"constructor":{"prototype":{"application_claim":[${ours}]}}}`],
    ['one deeper', `{"claims":{"application_claim":[${ours}]}}`],
    ['an identifier twice', whole(`[{"application_id":"other","application_id":"${APPLICATION_ID}"}]`)],
    ['no object around', `[${ours}]`],
    ['claims in an array', `[${whole(`[${ours}]`)}]`],
    ['two texts of JSON', `${whole(`[${ours}]`)}{}`],
    ['a byte order mark', `\u{feff}${whole(`[${ours}]`)}`],
    ['nothing', ''],
    ['blanks', '  '],
  ];
  const typed = identifiers.flatMap((value): [string, string][] => [
    [`application_id ${value}`, whole(`[{"application_id":${value},"namespace_id":"${NAMESPACE_ID}"}]`)],
    [`namespace_id ${value}`, whole(`[{"application_id":"${APPLICATION_ID}","namespace_id":${value}}]`)],
  ]);
  return [...texts, ...typed];
}

/** Application claims of a good shape that are for somebody else, as JSON text. */
export function foreignClaims(): [string, string][] {
  const application = (id: string) => `{"application_id":${JSON.stringify(id)}}`;
  return [
    ['nobody', '{}'],
    ['empty texts', '{"application_id":"","namespace_id":""}'],
    ['another application of our namespace', `{"application_id":"other","namespace_id":"${NAMESPACE_ID}"}`],
    ['the identifiers exchanged', `{"application_id":"${NAMESPACE_ID}","namespace_id":"${APPLICATION_ID}"}`],
    ['the application as a namespace', `{"namespace_id":"${APPLICATION_ID}"}`],
    ['upper case', application(APPLICATION_ID.toUpperCase())],
    ['a blank behind', application(`${APPLICATION_ID} `)],
    ['a NUL behind', application(`${APPLICATION_ID}\0`)],
    ['a line end behind', application(`${APPLICATION_ID}\n`)],
    ['a zero width space', application(`\u200b${APPLICATION_ID}`)],
    ['the beginning', application(APPLICATION_ID.slice(0, 8))],
    ['a wildcard', application('*')],
    ['a pattern', application('.*')],
    ['a list in a text', application(`${APPLICATION_ID},other`)],
    ['other names', `{"applicationId":"${APPLICATION_ID}","Namespace_Id":"${NAMESPACE_ID}"}`],
    ['an inherited application', `{"__proto__":{"application_id":"${APPLICATION_ID}"}}`],
    ['an inherited namespace', `{"__proto__":{"namespace_id":"${NAMESPACE_ID}"}}`],
    ['the constructor', `{"constructor":{"prototype":{"application_id":"${APPLICATION_ID}"}}}`],
    ['names that every object inherits', '{"application_id":"toString","namespace_id":"constructor"}'],
    ['undefined', '{"application_id":"undefined","namespace_id":"undefined"}'],
  ];
}
