"""Bodies with files: what becomes a field, what a file, and what is closed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from factorialhr import ConfigurationError
from factorialhr._core.multipart import make_form


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, []),
        ({"a": 1, "b": None, "c": False}, [("a", "1"), ("c", "false")]),
        ({"a": [1, 2], "b[]": (3,)}, [("a[]", "1"), ("a[]", "2"), ("b[]", "3")]),
        ({"a": {"b": 1, "c": [2]}}, [("a[b]", "1"), ("a[c]", "2")]),
        ({"a": [{"b": 1, "c": 2}, {"b": 3}]}, [("a[][b]", "1"), ("a[][c]", "2"), ("a[][b]", "3")]),
        ({"a": []}, []),
    ],
)
def test_fields(data: dict[str, object], fields: list[tuple[str, str]]) -> None:
    form = make_form(data, ("file",), "POST a")
    assert form.files == [(name, (None, text)) for name, text in fields]
    assert form.repeatable


@pytest.mark.parametrize(
    ("documented", "key", "value", "names"),
    [
        ("file", "file", b"x", [("file", "file")]),
        ("files[]", "files", b"x", [("files", "files")]),
        ("files[]", "files", [b"x"], [("files[]", "files")]),
        ("files[]", "files[]", [b"x", ("n", b"y")], [("files[]", "files"), ("files[]", "n")]),
        ("files[]", "files", (one for one in (b"x", b"y")), [("files[]", "files")] * 2),
        ("files[]", "files", [], []),
        ("file", "file", None, []),
        ("file", "file", ("a/b.txt", io.BytesIO(b"x")), [("file", "a/b.txt")]),
        ("file", "file", io.BytesIO(b"x"), [("file", "file")]),
        ("files[]", "files[]", [io.BytesIO(b"x")], [("files[]", "files")]),
    ],
)
def test_files(documented: str, key: str, value: Any, names: list[tuple[str, str]]) -> None:
    form = make_form({key: value}, (documented,), "POST a")
    assert [(name, file_name) for name, (file_name, _) in form.files] == names


def test_a_path_is_opened_and_closed_with_the_form(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    form = make_form({"file": str(path)}, ("file",), "POST a")
    _, (file_name, file) = form.files[0]
    assert (file_name, file.read(), file.closed) == ("a.txt", b"x", False)
    form.opened.close()
    assert file.closed


@pytest.mark.parametrize("data", [None, "x", [("file", b"x")], 7])
def test_what_is_no_mapping_is_refused(data: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^POST a: 'data' is a mapping of fields, not "):
        make_form(data, ("file",), "POST a")


@pytest.mark.parametrize("upload", [7, 1.5, True, {}, bytearray(b"x"), io.StringIO("x"), ("a", "b", "c"), (1, b"x"), object()])  # fmt: skip
def test_what_is_no_file_is_refused(upload: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^POST a: 'file' is a file: pass a path, bytes,"):
        make_form({"file": upload}, ("file",), "POST a")


class Once(io.BytesIO):
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("value", "repeatable"),
    [
        (b"x", True),
        (io.BytesIO(b"x"), True),
        (Once(b"x"), False),
        (("n", Once(b"x")), False),
        ([b"x", Once(b"x")], False),
        ([Once(b"x"), b"x"], False),
    ],
)
def test_a_file_that_can_be_read_once_is_not_repeatable(value: Any, repeatable: bool) -> None:
    assert make_form({"file": value, "other": 1}, ("file",), "POST a").repeatable is repeatable
