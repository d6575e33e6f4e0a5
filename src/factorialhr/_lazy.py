"""Public names are loaded at their first use: ``import factorialhr`` loads neither httpx nor msgspec."""

from __future__ import annotations

from importlib import import_module


def load(namespace: dict[str, object], half: str, name: str) -> object:
    """Find a public name, and keep it in the package's namespace.

    Args:
        namespace: ``globals()`` of ``factorialhr`` or ``factorialhr.sync``.
        half: ``_async`` or ``_sync``: where client and endpoints come from.
        name: The name that was asked for.
    """
    from factorialhr._names import MODULES

    module = MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {namespace['__name__']!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"factorialhr.{module.replace('_async.', f'{half}.')}"), name)
    namespace[name] = value
    return value
