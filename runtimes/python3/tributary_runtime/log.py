"""What the sub-runtime itself has to say, on stderr."""

import json
import os
import sys

from .errors import UserError

_NOT_THE_HANDLERS = (os.path.dirname(os.path.abspath(__file__)) + os.sep, "<frozen importlib")
# The longest record that the host takes for one, with room for the id.
_MAX_RECORD = 65000


def log(text):
    sys.__stderr__.write(text + "\n")


def log_error(error):
    """The traceback, from the handler's first line on. What is said to the user needs none but that of its cause.

    As one record, which the host reads; as lines where it is too long for that.
    """
    import traceback

    text = ""
    if isinstance(error, UserError):
        text, error = str(error) + "\n", error.__cause__
    if error is not None:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_NOT_THE_HANDLERS):
            frames = frames.tb_next
        text += "".join(traceback.format_exception(type(error), error, frames))
    text = text.rstrip("\n")
    record = json.dumps({"level": "error", "message": text})
    log(record if len(record) <= _MAX_RECORD else text)
