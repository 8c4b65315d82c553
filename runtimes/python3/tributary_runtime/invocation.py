"""One invocation, whoever runs it."""

import json

from .answer import failure
from .log import log_error
from .output import complete_lines
from .scope import Scope


class Invocation:
    """What the host asks for. Raises `ValueError` for what is no invocation."""

    __slots__ = ("event", "context", "handler_name", "handler_path", "scope")

    def __init__(self, body):
        request = json.loads(body)
        if not isinstance(request, dict) or not isinstance(request.get("handlerPath"), str):
            raise ValueError("handlerPath is missing")
        self.event = request.get("event")
        self.context = request.get("context")
        self.handler_name = str(request.get("handlerName"))
        self.handler_path = request["handlerPath"]
        self.scope = Scope(self.context.get("requestId") if isinstance(self.context, dict) else None)

    def failed(self, error):
        """The answer for what was raised while it ran; the traceback goes to stderr."""
        with self.scope:
            log_error(error)
        return failure(500, message_of(error))

    def ended(self):
        complete_lines(self.scope)


def not_understood(error):
    return failure(400, "that is no invocation: {}".format(error))


def message_of(error):
    """`KeyError: 'name'` says more than `'name'`."""
    text = str(error)
    if not text or isinstance(error, (KeyError, SystemExit, KeyboardInterrupt)):
        return "{}: {}".format(type(error).__name__, text) if text else type(error).__name__
    return text
