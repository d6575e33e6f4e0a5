"""Bodies of the operations that take files: ``multipart/form-data``, files streamed from where they lie."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple, cast

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.narrowing import is_binary_file, is_collection, is_mapping
from factorialhr._core.query import query_pairs


class Form(NamedTuple):
    """What httpx needs for a multipart body, and what is to be closed after it was sent."""

    files: list[tuple[str, tuple[str | None, IO[bytes] | str]]]
    """Fields stand among the files, without a file name: a form without any file is multipart all the same."""
    opened: ExitStack
    repeatable: bool
    """Whether every file can be read again from its beginning."""


def make_form(data: object, file_fields: Iterable[str], operation: str) -> Form:
    """Sort the body into text fields and files; files named by a path are opened here.

    Raises:
        ConfigurationError: The body is no mapping, or a file does not exist or is no binary file.
    """
    if not is_mapping(data):
        raise ConfigurationError(f"{operation}: 'data' is a mapping of fields, not {type(data).__name__}")
    form = Form([], ExitStack(), repeatable=True)
    names = {name.removesuffix("[]") for name in file_fields}
    try:
        for key, value in data.items():
            if not isinstance(key, str):
                raise ConfigurationError(f"{operation}: the names of fields are str, not {type(key).__name__}")
            if key.removesuffix("[]") in names:
                form = _add_files(form, key, value, operation)
            else:
                _add_fields(form, key, value, operation)
    except BaseException:
        form.opened.close()
        raise
    return form


def _add_fields(form: Form, key: str, value: object, operation: str) -> None:
    # Rails reads a list from brackets behind the name, as in queries.
    name = f"{key}[]" if is_collection(value) and not key.endswith("[]") else key
    form.files.extend((pair_name, (None, text)) for pair_name, text in query_pairs(name, value, operation))


def _add_files(form: Form, key: str, value: object, operation: str) -> Form:
    if value is None:
        return form
    # An open file is iterable too, and (name, file) is one file.
    several = is_collection(value) and not hasattr(value, "read") and not isinstance(value, tuple)
    name = f"{key}[]" if several and not key.endswith("[]") else key
    repeatable = form.repeatable
    for upload in value if several and is_collection(value) else [value]:
        file_name, file = _open(form, key.removesuffix("[]"), upload, operation)
        repeatable = repeatable and _is_seekable(file)
        form.files.append((name, (file_name, file)))
    return form._replace(repeatable=repeatable)


def _open(form: Form, key: str, upload: object, operation: str) -> tuple[str, IO[bytes]]:
    named = _named_content(upload)
    if named is not None:
        return named[0], _open(form, key, named[1], operation)[1]
    if isinstance(upload, bytes):
        return key, io.BytesIO(upload)
    if isinstance(upload, str | os.PathLike):
        path = Path(cast("str | os.PathLike[str]", upload))
        try:
            return path.name, form.opened.enter_context(path.open("rb"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
        except ValueError:
            reason = "no such path can be"
        raise ConfigurationError(f"{operation}: the file for {key!r} cannot be read: {reason}")
    if is_binary_file(upload):
        if getattr(upload, "closed", False):
            raise ConfigurationError(f"{operation}: the file for {key!r} is closed; open it until the call is over")
        return Path(str(getattr(upload, "name", key))).name, upload
    raise ConfigurationError(
        f"{operation}: {key!r} is a file: pass a path, bytes, a file opened in binary mode, or (name, bytes or file)"
    )


def _is_seekable(file: IO[bytes]) -> bool:
    # A stream of somebody's own may have "read" and nothing else.
    seekable = getattr(file, "seekable", None)
    return bool(seekable is not None and seekable())


def _named_content(upload: object) -> tuple[str, object] | None:
    """A file given as ``(name, content)``."""
    if not isinstance(upload, tuple):
        return None
    pair = cast("tuple[object, ...]", upload)
    return (pair[0], pair[1]) if len(pair) == 2 and isinstance(pair[0], str) else None
