/**
 * What is asked of every contender: requests and the answers to them.
 *
 * @typedef {object} Workload
 * @property {string} name
 * @property {'GET' | 'POST'} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {Buffer} body
 * @property {string} answer
 */

const KB = 1_000;
const NOTHING = Buffer.alloc(0);

const get = (name, path) => ({ name, method: 'GET', path, headers: {}, body: NOTHING, answer: 'hello' });

const post = (name, path, type, body, answer) => ({
  name,
  method: 'POST',
  path,
  headers: { 'Content-Type': type },
  body,
  answer: JSON.stringify(answer),
});

/** An order of about `bytes` bytes, and the small answer that the handler makes of it. */
function order(name, bytes) {
  const lines = [];
  let length = '{"lines":[]}'.length;
  for (let index = 0; length < bytes - 60; index++) {
    const line = { sku: `part-${1_000_000 + index}`, quantity: (index % 9) + 1, price: 100 + (index % 900) };
    length += JSON.stringify(line).length + 1;
    lines.push(line);
  }
  const total = lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
  return post(name, '/json', 'application/json', Buffer.from(JSON.stringify({ lines })), {
    lines: lines.length,
    total,
  });
}

/** Bytes that are no UTF-8, so that they travel as base64. */
function binary(name, bytes) {
  const body = Buffer.alloc(bytes).map((_, index) => (index * 151 + 255) & 0xff);
  return post(name, '/binary', 'application/octet-stream', body, { bytes });
}

/** @type {Record<string, Workload>} */
export const WORKLOADS = {
  hello: get('hello', '/hello'),
  json1k: order('1 kB JSON', KB),
  json100k: order('100 kB JSON', 100 * KB),
  binary1m: binary('1 MB binary', 1_000 * KB),
  wait: get('5 ms wait', '/wait'),
  compute: get('1 ms of CPU', '/compute'),
};
