"""stdout and stderr, on which each line of a handler's gets the id of its invocation.

What is written to the file descriptors, by child processes or in C, is not seen.
"""

import io
import os
import select
import sys
import threading

from .scope import current

# The host cuts a line that is longer, and the second half would lack the stamp.
MAX_LINE = 65536
# Beginnings of lines that are kept for their ends.
MAX_PENDING = 1024


def stamp_output():
    """From now on. Never an error because of a character."""
    sys.stdout = sys.__stdout__ = _text(sys.stdout)
    sys.stderr = sys.__stderr__ = _text(sys.stderr)


def complete_lines(scope):
    """The last line of an invocation is one, too, even without its end."""
    for stream in _streams:
        if stream.pending:
            stream.complete(scope)


def complete_all_lines():
    for stream in _streams:
        stream.complete_all()


_streams = []


def _text(stream):
    stream.flush()
    lines = _Lines(stream)
    _streams.append(lines)
    # Nothing is kept back above the lines: by the time that it were written, another invocation might be running.
    return io.TextIOWrapper(lines, encoding="utf-8", errors="backslashreplace", line_buffering=True, write_through=True)


class _Lines(io.BufferedIOBase):
    """Makes whole lines of what is written in pieces, as `print` does. Those of one invocation and thread belong together,
    and are never mixed with those of another. The bytes of a line stay what they are.
    """

    def __init__(self, stream):
        self.name = stream.name
        self.raw = io.FileIO(stream.fileno(), "wb", closefd=False)
        # By the scope and the thread that wrote them.
        self.pending = {}
        self._renew_lock()
        # A process that is forked while another thread writes would wait for ever.
        os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self):
        # One that a handler of a signal, which may come at any time, may take again.
        self._lock = threading.RLock()

    def write(self, data):
        data = memoryview(data).tobytes()
        scope = current()
        key = (scope, threading.get_ident())
        stamp = _stamp_of(scope)
        lines, rest = _split(self.pending.pop(key, b"") + data, MAX_LINE - len(stamp))
        if rest:
            self.pending[key] = rest
        if lines:
            self._write_out(b"".join([stamp + line + b"\n" for line in lines]))
        if len(self.pending) > MAX_PENDING:
            # The one that has waited longest: an invocation that was over before it began this line.
            self.complete(next(iter(self.pending))[0])
        return len(data)

    def complete(self, scope):
        for key in [key for key in list(self.pending) if key[0] is scope]:
            rest = self.pending.pop(key, None)
            if rest is not None:
                self._write_out(_stamp_of(scope) + rest + b"\n")

    def complete_all(self):
        for scope in {key[0] for key in list(self.pending)}:
            self.complete(scope)

    def _write_out(self, data):
        with self._lock:
            left = memoryview(data)
            while left:
                written = self.raw.write(left)
                if written is None:
                    # A child process has made what it shares with this one non-blocking.
                    select.select([], [self.raw], [])
                else:
                    left = left[written:]

    def flush(self):
        """Lines are not kept back, and what is none yet the host would keep back."""

    def close(self):
        """Stays open: whoever wraps `sys.stdout.buffer` and forgets the wrapper closes what is everybody's."""

    def writable(self):
        return True

    def fileno(self):
        return self.raw.fileno()

    def isatty(self):
        return self.raw.isatty()


def _stamp_of(scope):
    return b"" if scope is None else scope.stamp


def _split(text, room):
    """The lines, and what comes behind the last; everything over the limit is a line of its own."""
    *lines, rest = text.split(b"\n")
    if len(text) <= room:
        return lines, rest
    pieces = []
    for line in lines:
        pieces.extend(_pieces(line, room))
    *more, rest = _pieces(rest, room)
    return pieces + more, rest


def _pieces(line, room):
    while len(line) > room:
        end = _end_of_character(line, room)
        yield line[:end]
        line = line[end:]
    yield line


def _end_of_character(line, limit):
    """The nearest place at or before `limit` that is not inside a character of UTF-8."""
    for end in range(limit, limit - 4, -1):
        if line[end] & 0xC0 != 0x80:
            return end
    return limit
