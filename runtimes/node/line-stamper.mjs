const NEWLINE = 0x0a;
const LINE_END = Buffer.from('\n');
const NOTHING = Buffer.alloc(0);

/** The host cuts a line that is longer, and the second half would lack the stamp. */
const MAX_LINE = 65_536;

/**
 * Makes whole lines of what is written in pieces, each with the id of the invocation that wrote it: `[<request id>] text`.
 * What the pieces of one scope make up is never mixed with those of another. The bytes of a line stay what they are.
 */
export class LineStamper {
  /** Beginnings of lines, by the scope that wrote them. */
  #pending = new Map();

  /** The lines that the bytes complete, as they go out; the beginning of a further one is kept. */
  take(bytes, scope) {
    const known = this.#pending.get(scope);
    const text = known ? Buffer.concat([known, bytes]) : bytes;
    const stamp = stampOf(scope);
    const parts = [];
    let start = 0;
    for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
      pushLine(parts, stamp, pushPieces(parts, stamp, text.subarray(start, end)));
      start = end + 1;
    }
    const rest = pushPieces(parts, stamp, text.subarray(start));
    // A copy: the bytes are the writer's, who may use them again.
    if (rest.length > 0) this.#pending.set(scope, Buffer.from(rest));
    else if (known) this.#pending.delete(scope);
    return parts.length === 0 ? NOTHING : Buffer.concat(parts);
  }

  /** Whether a scope has begun a line. */
  isWithin(scope) {
    return this.#pending.has(scope);
  }

  /** The beginning of a line that a scope has written, made a line. */
  complete(scope) {
    return this.isWithin(scope) ? this.take(LINE_END, scope) : NOTHING;
  }

  /** The same for all scopes. */
  completeAll() {
    return Buffer.concat([...this.#pending.keys()].map((scope) => this.complete(scope)));
  }
}

function stampOf(scope) {
  return scope?.requestId ? Buffer.from(`[${scope.requestId}] `) : NOTHING;
}

function pushLine(parts, stamp, line) {
  parts.push(stamp, line, LINE_END);
}

/** Gives what is left once everything over the limit is a line of its own. */
function pushPieces(parts, stamp, line) {
  const room = MAX_LINE - stamp.length;
  let rest = line;
  while (rest.length > room) {
    const end = endOfCharacter(rest, room);
    pushLine(parts, stamp, rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return rest;
}

/** The nearest place at or before `limit` that is not inside a character of UTF-8. */
function endOfCharacter(bytes, limit) {
  for (let end = limit; end > limit - 4; end--) if ((bytes[end] & 0xc0) !== 0x80) return end;
  return limit;
}
