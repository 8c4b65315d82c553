"""Listens, loads the handler, serves, ends."""

import os
import signal
import socket
import sys

from . import loader
from .errors import CannotLoad
from .limits import BACKLOG
from .log import log, log_error
from .output import complete_all_lines, complete_lines, stamp_output
from .scope import follow_pools, follow_threads


def main():
    # A handler's output is the host's log.
    stamp_output()
    follow_threads(on_end=complete_lines)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    listener, path = listen()
    # Connections wait in the backlog meanwhile. Some modules insist on being imported by the main thread.
    serve = server_for(preload())
    follow_pools()
    serve(listener)
    end(path)


def listen():
    """A socket that listens, and its path if it has one."""
    path = os.environ.get("SCW_UPSTREAM_SOCKET")
    port = os.environ.get("SCW_UPSTREAM_PORT") or "8081"
    try:
        if path:
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(path)
        else:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", int(port)))
        listener.listen(BACKLOG)
    except (OSError, ValueError) as error:
        log("cannot listen on {}: {}".format(path or "127.0.0.1:" + port, error))
        sys.exit(1)
    return listener, path


def preload():
    """The function that the environment names. `None` where it cannot be loaded, which every invocation is told."""
    path = os.environ.get("SCW_HANDLER_PATH")
    if not path:
        return None
    try:
        module = loader.load(path)
        return getattr(module, os.environ.get("SCW_HANDLER_NAME") or "handle", None)
    except CannotLoad as error:
        log_error(error)
        return None


def server_for(handler):
    """A thread for each connection, or one loop for all where the handler is async.

    A thread that reads, runs the handler and writes needs no hand-over, which would cost several times as much as
    the rest; and asyncio, which takes half of a cold start to import, is imported only where it is needed.
    """
    if loader.is_async(handler):
        from .loop_server import serve
    else:
        from .thread_server import serve
    return serve


def end(path):
    """What the handler left running, such as threads of its own, does not keep the process."""
    import atexit

    if path:
        try:
            os.unlink(path)
        except OSError:
            pass
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    complete_all_lines()
    os._exit(0)
