"""HTTP/1.1 (RFC 9112), as much of it as a peer on loopback needs; without input and output of its own."""

import re
from collections import namedtuple

from .errors import BadRequest

HEAD_END = b"\r\n\r\n"
MAX_HEAD = 65536
MAX_BODY = 1 << 30

REQUEST_LINE = re.compile(rb"[A-Z]+ \S+ HTTP/1\.([01])\r\n")
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
CONNECTION = re.compile(rb"\r\nconnection:[ \t]*(close|keep-alive)", re.IGNORECASE)
EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(;.*)?$")

REASONS = {
    200: "OK",
    400: "Bad Request",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
}

Request = namedtuple("Request", "body closes")

# Given in the place of a request: the peer waits for this before it sends the body.
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def read_requests():
    """A generator that is sent the bytes as they arrive, cut anywhere.

    It gives a `Request` once one is complete, `CONTINUE`, or `None` while it needs more. After a request, send it
    `b""`: the next one may have arrived with the last. Raises `BadRequest`, after which nothing can be read.
    """
    data = yield None
    while True:
        end = data.find(HEAD_END)
        while end < 0:
            if len(data) > MAX_HEAD:
                raise BadRequest(431, "the head of the request is too long")
            data += yield None
            end = data.find(HEAD_END)
        head, data = data[: end + 2], data[end + 4 :]
        line = REQUEST_LINE.match(head)
        if not line:
            raise BadRequest(400, "that is no HTTP/1.1 request")
        if EXPECT.search(head) and not data:
            data += yield CONTINUE
        if CHUNKED.search(head):
            body, data = yield from _read_chunked(data)
        else:
            body, data = yield from _read_sized(data, _length_of(head))
        data += yield Request(body, _closes(line, head))


def _length_of(head):
    length = CONTENT_LENGTH.search(head)
    if length is None:
        return 0
    if int(length[1]) > MAX_BODY:
        raise BadRequest(413, "a body has at most {} bytes".format(MAX_BODY))
    return int(length[1])


def _closes(line, head):
    connection = CONNECTION.search(head)
    if connection is None:
        return line[1] == b"0"
    return connection[1].lower() == b"close"


def _read_sized(data, length):
    """The body, and what lies behind it."""
    if len(data) < length:
        parts, size = [data], len(data)
        while size < length:
            part = yield None
            parts.append(part)
            size += len(part)
        data = b"".join(parts)
    return data[:length], data[length:]


def _read_chunked(data):
    """RFC 9112, 7.1; extensions and trailers are read and forgotten."""
    parts, size = [], 0
    while True:
        line, data = yield from _read_line(data)
        digits = CHUNK_SIZE.match(line)
        if not digits:
            raise BadRequest(400, "that is no size of a chunk")
        length = int(digits[1], 16)
        size += length
        if size > MAX_BODY:
            raise BadRequest(413, "a body has at most {} bytes".format(MAX_BODY))
        if length == 0:
            break
        part, data = yield from _read_sized(data, length + 2)
        parts.append(part[:-2])
    while line:
        line, data = yield from _read_line(data)
    return b"".join(parts), data


def _read_line(data):
    end = data.find(b"\r\n")
    while end < 0:
        if len(data) > MAX_HEAD:
            raise BadRequest(400, "a line between the chunks is too long")
        data += yield None
        end = data.find(b"\r\n")
    return data[:end], data[end + 2 :]


def write_answer(answer, closes):
    """The whole answer as bytes."""
    kind = "Content-Type: {}\r\n".format(answer.type) if answer.type else ""
    close = "Connection: close\r\n" if closes else ""
    head = "HTTP/1.1 {} {}\r\n{}{}Content-Length: {}\r\n\r\n".format(
        answer.status, REASONS[answer.status], kind, close, len(answer.body)
    )
    return head.encode("ascii") + answer.body
