"""Finds and imports handlers."""

import os
import re
import sys
import threading
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location

from .errors import CannotLoad

CO_COROUTINE = 0x80
RELATIVE_IMPORT = re.compile(rb"^\s*from\s+\.", re.MULTILINE)

_modules = {}
_lock = threading.RLock()


def load(path):
    """The module of a handler; `path` may lack its extension, or be a package. Raises `CannotLoad`."""
    module = _modules.get(path)
    if module is None:
        with _lock:
            module = _modules.get(path) or _load(path)
            _modules[path] = module
    return module


def is_loaded(path):
    return path in _modules


def find(path, name):
    """The function of that name; raises `CannotLoad`, with the names that there are, where there is none."""
    module = load(path)
    handler = getattr(module, name, None)
    if callable(handler):
        return handler
    names = [key for key, value in vars(module).items() if _is_own_function(key, value, module)]
    others = "it has " + ", ".join(names) if names else "it has no function"
    raise CannotLoad('handler {} has no function "{}"; {}'.format(path, name, others))


def _is_own_function(name, value, module):
    return not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == module.__name__


def is_async(handler):
    """Whether calling it gives a coroutine. Where it does not look so and does, the result tells."""
    function = getattr(handler, "__func__", handler)
    code = getattr(function, "__code__", None) or getattr(getattr(type(handler), "__call__", None), "__code__", None)
    return code is not None and bool(code.co_flags & CO_COROUTINE)


def _load(path):
    file = _file_of(path)
    try:
        return _import(file)
    except BaseException as error:
        reason = "{}: {}".format(type(error).__name__, error)
        raise CannotLoad("cannot load handler {}: {}".format(path, reason)) from error


def _file_of(path):
    for candidate in (path, path + ".py", os.path.join(path, "__init__.py")):
        if os.path.isfile(candidate):
            return os.path.abspath(candidate)
    raise CannotLoad("cannot load handler {}: there is no such file, nor one with .py, nor a package".format(path))


def _import(file):
    folder, name = os.path.split(file)
    if name == "__init__.py":
        folder, name = os.path.split(folder)
    # At the end, as the original has it: a module of the handler's hides none of the standard library.
    _add_to_path(folder)
    if os.path.isfile(os.path.join(folder, "__init__.py")) and _imports_relatively(file):
        return _import_within_package(folder, name)
    return _import_file(name[:-3] if name.endswith(".py") else name, file)


def _import_file(name, file):
    """By its file, so that a handler may be named like anything, even like a module of the standard library."""
    if _is_taken(name, file):
        name = "handler_" + name
    spec = spec_from_file_location(name, file, loader=_loader_of(name, file))
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_taken(name, file):
    if name in sys.modules or not name.isidentifier():
        return name in sys.modules
    other = find_spec(name)
    return other is not None and other.origin != file


def _loader_of(name, file):
    """A file without an extension is source, too."""
    if os.path.splitext(file)[1]:
        return None
    from importlib.machinery import SourceFileLoader

    return SourceFileLoader(name, file)


def _import_within_package(folder, name):
    """`from . import x` needs the packages around the handler."""
    parts = [name[:-3] if name.endswith(".py") else name]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    _add_to_path(folder)
    return import_module(".".join(parts))


def _imports_relatively(file):
    with open(file, "rb") as source:
        return RELATIVE_IMPORT.search(source.read()) is not None


def _add_to_path(folder):
    if folder not in sys.path:
        sys.path.append(folder)
