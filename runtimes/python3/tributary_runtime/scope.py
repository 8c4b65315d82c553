"""Which invocation the code that runs now belongs to."""

import sys
import threading
from contextvars import ContextVar, copy_context

_current = ContextVar("tributary_invocation", default=None)


class Scope:
    """One run of a handler, and what it started: tasks, threads, callbacks, whenever they come."""

    __slots__ = ("_request_id",)

    def __init__(self, request_id):
        self._request_id = request_id

    @property
    def stamp(self):
        """What stands before each of its lines."""
        known = isinstance(self._request_id, str) and self._request_id
        return "[{}] ".format(self._request_id).encode("utf-8", "replace") if known else b""

    def __enter__(self):
        """What runs until `__exit__` is of this invocation, in this thread or task."""
        _current.set(self)
        return self

    def __exit__(self, *_error):
        _current.set(None)


def current():
    """`None` outside of any invocation, such as while a module is loaded."""
    return _current.get()


def follow_threads(on_end):
    """From now on a thread belongs to the invocation that started it. Tasks and callbacks of asyncio do by themselves;
    threads do from Python 3.14 on, where it is told to (`thread_inherit_context`). `on_end` gets the scope when it ends.
    """
    start = threading.Thread.start

    def start_in_scope(thread):
        follow_pools()
        scope = current()
        if scope is not None:
            thread.run = _in_scope(scope, thread, on_end)
        start(thread)

    threading.Thread.start = start_in_scope


def _in_scope(scope, thread, on_end):
    run = thread.run

    def run_in_scope():
        # Else the thread would keep itself alive.
        del thread.run
        _current.set(scope)
        try:
            run()
        finally:
            on_end(scope)

    return run_in_scope


def follow_pools():
    """What runs in the threads of a pool belongs to the invocation that submitted it, whoever started the thread.

    Does nothing before somebody has imported the pools, which takes long.
    """
    pools = sys.modules.get("concurrent.futures.thread")
    executor = getattr(pools, "ThreadPoolExecutor", None)
    if executor is None or hasattr(executor.submit, "follows"):
        return
    submit = executor.submit

    def submit_in_context(self, function, /, *args, **kwargs):
        return submit(self, copy_context().run, function, *args, **kwargs)

    submit_in_context.follows = True
    executor.submit = submit_in_context
