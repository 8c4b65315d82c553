"""One event loop, on which the handler is awaited. Its functions that are not async run in threads."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor

from . import loader
from .answer import answer_of, failure
from .errors import BadRequest
from .http import CONTINUE, MAX_HEAD, read_requests, write_answer
from .invocation import Invocation, not_understood
from .limits import BACKLOG, LAST_READ_SECONDS

# Threads are made as they are needed; how many invocations there are at once is for the host to limit.
MAX_THREADS = 1024


def serve(listener):
    """Returns after SIGTERM, once everything that had begun is answered."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(MAX_THREADS))
    loop.run_until_complete(_serve(listener, loop))


async def _serve(listener, loop):
    connections = set()
    ended = asyncio.Event()
    server = await loop.create_server(lambda: _Connection(loop, connections), sock=listener, backlog=BACKLOG)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    # What has arrived is accepted and read first.
    await asyncio.sleep(LAST_READ_SECONDS)
    server.close()
    for connection in list(connections):
        connection.finish()
    while connections:
        await asyncio.wait([connection.done for connection in connections])


class _Connection(asyncio.Protocol):
    """One connection, one request after another."""

    def __init__(self, loop, connections):
        self.done = loop.create_future()
        self._loop = loop
        self._connections = connections
        self._requests = read_requests()
        next(self._requests)
        self._task = None
        self._waiting = b""
        self._begun = False
        self._ending = False
        self._gone = False

    def connection_made(self, transport):
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, _error):
        self._gone = True
        if self._task is None:
            self._leave()

    def finish(self):
        """Takes no further request: closes when what has begun is answered."""
        self._ending = True
        if not self._begun:
            self._transport.close()

    def eof_received(self):
        """The peer sends no more; it may still wait for an answer."""
        self._ending = True
        return self._task is not None

    def data_received(self, data):
        if self._task is None:
            self._begun = True
            self._read(data)
            return
        self._waiting += data
        if len(self._waiting) > MAX_HEAD:
            self._transport.pause_reading()

    def _read(self, data):
        try:
            request = self._requests.send(data)
        except BadRequest as error:
            self._transport.write(write_answer(failure(error.status, str(error)), True))
            self._transport.close()
            return
        if request is CONTINUE:
            self._transport.write(CONTINUE)
        elif request is not None:
            self._task = self._loop.create_task(self._run(request))

    async def _run(self, request):
        answer = await invoke(request.body, self._loop)
        self._task = None
        if self._gone:
            self._leave()
            return
        closes = request.closes or self._ending
        self._transport.write(write_answer(answer, closes))
        if closes:
            self._transport.close()
            return
        waiting, self._waiting = self._waiting, b""
        self._transport.resume_reading()
        self._begun = len(waiting) > 0
        self._read(waiting)

    def _leave(self):
        self._connections.discard(self)
        self.done.set_result(None)


async def invoke(body, loop):
    """Runs one invocation; gives its answer, whatever happens."""
    try:
        invocation = Invocation(body)
    except (ValueError, RecursionError) as error:
        return not_understood(error)
    try:
        return answer_of(await _call(invocation, loop))
    except BaseException as error:
        return invocation.failed(error)
    finally:
        invocation.ended()


async def _call(invocation, loop):
    handler = await _find(invocation, loop)
    # Of this task, and of what it starts: tasks, callbacks, calls in threads.
    with invocation.scope:
        if loader.is_async(handler):
            return await handler(invocation.event, invocation.context)
        result = await loop.run_in_executor(None, handler, invocation.event, invocation.context)
        return await result if hasattr(result, "__await__") else result


async def _find(invocation, loop):
    """A module that is not loaded yet may take long, and the loop is everybody's."""
    if not loader.is_loaded(invocation.handler_path):
        await loop.run_in_executor(None, loader.load, invocation.handler_path)
    return loader.find(invocation.handler_path, invocation.handler_name)
