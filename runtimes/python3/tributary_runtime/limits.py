"""What both servers keep to."""

# Connections that wait to be accepted while a handler holds the interpreter.
BACKLOG = 4096

# Requests that have arrived when the end comes are read before it is looked whether any is left.
LAST_READ_SECONDS = 0.02
