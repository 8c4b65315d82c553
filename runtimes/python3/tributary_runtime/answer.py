"""What a handler returned, as what goes over the wire."""

import json
from collections import namedtuple

from .errors import CannotSend

TEXT = "text/plain; charset=utf-8"
BYTES = (bytes, bytearray, memoryview)

Answer = namedtuple("Answer", "status type body")

EMPTY = Answer(200, None, b"")


def answer_of(result):
    """Raises `CannotSend` for what is no JSON."""
    if result is None:
        return EMPTY
    if isinstance(result, str):
        return Answer(200, TEXT, result.encode("utf-8", "replace"))
    if isinstance(result, BYTES):
        return Answer(200, "application/octet-stream", bytes(result))
    return Answer(200, "application/json", _to_json(_with_text_body(result)))


def failure(status, message):
    return Answer(status, TEXT, message.encode("utf-8", "replace"))


def _with_text_body(result):
    """Bytes as the body of a response become base64."""
    if not isinstance(result, dict) or result.get("statusCode") is None or not isinstance(result.get("body"), BYTES):
        return result
    from base64 import b64encode

    return {**result, "body": b64encode(result["body"]).decode("ascii"), "isBase64Encoded": True}


def _to_json(value):
    try:
        text = _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise CannotSend("what the handler returned cannot be sent as JSON: {}".format(error)) from error
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # Half of a surrogate pair has no UTF-8; JSON can escape it.
        return json.dumps(value, allow_nan=False).encode("ascii")


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
