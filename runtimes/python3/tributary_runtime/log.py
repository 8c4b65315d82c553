"""Lines on stderr, which the host logs."""

import os
import sys

from .errors import UserError

_NOT_THE_HANDLERS = (os.path.dirname(os.path.abspath(__file__)) + os.sep, "<frozen importlib")


def log(text, request_id=None):
    """Each line bears the id of the invocation, where there is one: `[<request id>] text`; the host reads it."""
    prefix = "[{}] ".format(request_id) if request_id else ""
    sys.stderr.write(prefix + text.rstrip("\n").replace("\n", "\n" + prefix) + "\n")


def log_error(error, request_id=None):
    """The traceback, from the handler's first line on. What is said to the user needs none but that of its cause."""
    import traceback

    text = ""
    if isinstance(error, UserError):
        text, error = str(error) + "\n", error.__cause__
    if error is not None:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_NOT_THE_HANDLERS):
            frames = frames.tb_next
        text += "".join(traceback.format_exception(type(error), error, frames))
    log(text, request_id)
