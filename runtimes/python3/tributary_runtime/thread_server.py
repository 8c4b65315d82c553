"""A thread for each connection, which reads, runs the handler and writes: one handler never waits for another."""

import os
import select
import signal
import socket
import threading
import time

from . import loader
from .answer import answer_of, failure
from .errors import BadRequest
from .http import CONTINUE, read_requests, write_answer
from .invocation import Invocation, not_understood
from .limits import LAST_READ_SECONDS
from .log import log

READ_SIZE = 65536
# Where there are too many threads or open files, some may end meanwhile.
RETRY_SECONDS = 0.05


class _InFlight:
    """How many connections have begun a request and not answered it."""

    def __init__(self):
        self.count = 0
        self.ending = False
        self._changed = threading.Condition()

    def begin(self):
        with self._changed:
            self.count += 1

    def finish(self):
        with self._changed:
            self.count -= 1
            self._changed.notify_all()

    def wait_for_none(self):
        with self._changed:
            self._changed.wait_for(lambda: self.count == 0)


def serve(listener):
    """Returns after SIGTERM, once everything that had begun is answered."""
    in_flight = _InFlight()
    wake, waker = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(waker, b"\0"))
    listener.setblocking(False)
    while wake not in select.select([listener, wake], [], [])[0]:
        _accept(listener, in_flight)
    while _accept(listener, in_flight):
        pass
    in_flight.ending = True
    listener.close()
    time.sleep(LAST_READ_SECONDS)
    in_flight.wait_for_none()


def _accept(listener, in_flight):
    """Whether there was a connection to accept."""
    try:
        connection, _ = listener.accept()
        connection.setblocking(True)
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_serve_connection, args=(connection, in_flight), daemon=True).start()
        return True
    except BlockingIOError:
        return False
    except (OSError, RuntimeError) as error:
        log("cannot take a connection: {}".format(error))
        time.sleep(RETRY_SECONDS)
        return False


def _serve_connection(connection, in_flight):
    requests = read_requests()
    next(requests)
    with connection:
        try:
            while _serve_next(connection, requests, in_flight):
                pass
        except OSError:
            # The peer has gone; whoever waited for the answer waits no more.
            pass


def _serve_next(connection, requests, in_flight):
    """Whether another request may follow."""
    data = connection.recv(READ_SIZE)
    if not data:
        return False
    in_flight.begin()
    try:
        request = _complete(connection, requests, data)
        while request is not None:
            closes = request.closes or in_flight.ending
            connection.sendall(write_answer(invoke(request.body), closes))
            if closes:
                return False
            request = requests.send(b"")
            if request is CONTINUE:
                request = _complete(connection, requests, b"", request)
        return True
    except BadRequest as error:
        connection.sendall(write_answer(failure(error.status, str(error)), True))
        return False
    finally:
        in_flight.finish()


def _complete(connection, requests, data, request=None):
    """Reads on until a request is complete; `None` if the peer ends before that."""
    request = request or requests.send(data)
    while request is None or request is CONTINUE:
        if request is CONTINUE:
            connection.sendall(CONTINUE)
        data = connection.recv(READ_SIZE)
        if not data:
            raise ConnectionResetError("the request is incomplete")
        request = requests.send(data)
    return request


def invoke(body):
    """Runs one invocation in this thread; gives its answer, whatever happens."""
    try:
        invocation = Invocation(body)
    except (ValueError, RecursionError) as error:
        return not_understood(error)
    try:
        handler = loader.find(invocation.handler_path, invocation.handler_name)
        with invocation.scope:
            result = handler(invocation.event, invocation.context)
            if hasattr(result, "__await__"):
                result = _await(result)
        return answer_of(result)
    except BaseException as error:
        return invocation.failed(error)
    finally:
        invocation.ended()


_loop = None
_loop_lock = threading.Lock()


def _await(awaitable):
    """For the async function of a module whose handler is none; the loop is one for all of them."""
    import asyncio

    global _loop
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, daemon=True).start()

    async def wait():
        return await awaitable

    return asyncio.run_coroutine_threadsafe(wait(), _loop).result()
