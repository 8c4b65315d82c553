class UserError(Exception):
    """What its message says is for those who wrote the handler, and is all that they need."""


class CannotLoad(UserError):
    """There is no such handler, or importing it failed, which is its cause."""


class CannotSend(UserError):
    """What a handler returned has no form on the wire."""


class BadRequest(Exception):
    """Bytes that are no request; nothing can be read after them."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
