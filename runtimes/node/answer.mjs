const TEXT = 'text/plain; charset=utf-8';

const EMPTY = { status: 200, type: '', body: '' };

/** The answer for what a handler returned; throws where that cannot be sent. */
export function answerOf(result) {
  if (result === undefined || result === null) return EMPTY;
  if (typeof result === 'string') return { status: 200, type: TEXT, body: result };
  if (result instanceof Uint8Array) return { status: 200, type: 'application/octet-stream', body: result };
  return { status: 200, type: 'application/json', body: toJson(withTextBody(result)) };
}

export function failure(status, message) {
  return { status, type: TEXT, body: message };
}

/** Bytes as the body of a response become base64. */
function withTextBody(result) {
  const { statusCode, body } = result;
  if (!(body instanceof Uint8Array) || statusCode === undefined || statusCode === null) return result;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
  return { ...result, body: text, isBase64Encoded: true };
}

function toJson(value) {
  let json;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new TypeError(`what the handler returned cannot be sent as JSON: ${error.message}`, { cause: error });
  }
  if (json === undefined)
    throw new TypeError(`what the handler returned cannot be sent as JSON: it is a ${typeof value}`);
  return json;
}
