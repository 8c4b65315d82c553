"""The sub-runtime for handlers in Python. What goes over the wire: docs/wire-protocol.md.

It needs the standard library alone, from 3.8 on, and little of it: every import is part of a cold start.
"""

import sys

from tributary_runtime.server import main

if __name__ == "__main__":
    # What a handler imports is its own affair: this folder is none of its places.
    del sys.path[0]
    main()
