"""Files are sent as multipart/form-data, from wherever they lie; ours are closed, the caller's are left open."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests._async.clients import client
from tests.halves import factorialhr_async as sdk
from tests.support import answers
from tests.support.multipart import Part, parts_of
from tests.support.script import Script

TASK_FILE = {
    "id": "1",
    "task_id": "7",
    "filename": "plan.txt",
    "path": "x",
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
}
PROJECT_TASK = {"id": "1", "project_id": "2", "subproject_id": "3", "task_id": "4"}
CONTENT = b"what is in the file \x00\xff"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "plan é.txt"
    file.write_bytes(CONTENT)
    return file


class Stream:
    """A file that can be read once."""

    def __init__(self) -> None:
        self.rest = [CONTENT]
        self.closed = False

    def read(self, _size: int = -1) -> bytes:
        return self.rest.pop() if self.rest else b""

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


class BareStream:
    """A file that can be read, and nothing else."""

    def __init__(self) -> None:
        self.rest = [CONTENT]

    def read(self, _size: int = -1) -> bytes:
        return self.rest.pop() if self.rest else b""


async def sent(upload: object, **fields: object) -> httpx.Request:
    """The request of one upload."""
    script = Script(answers.json(TASK_FILE, 201))
    await client(script).tasks.task_files.create({"task_id": 7, **fields, "file": upload})
    return script.request


async def test_a_path_is_opened_and_named(path: Path) -> None:
    for upload in (path, str(path)):
        request = await sent(upload)
        assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert request.headers.get_list("content-type") == [request.headers["content-type"]]
        assert parts_of(request) == [Part("task_id", None, b"7"), Part("file", path.name, CONTENT)]


async def test_bytes_are_named_after_their_field() -> None:
    assert parts_of(await sent(CONTENT))[1] == Part("file", "file", CONTENT)


async def test_an_open_file_keeps_its_name_and_stays_open(path: Path) -> None:
    with path.open("rb") as file:
        assert parts_of(await sent(file))[1] == Part("file", path.name, CONTENT)
        assert not file.closed


async def test_a_file_in_memory_is_named_after_its_field() -> None:
    file = io.BytesIO(CONTENT)
    assert parts_of(await sent(file))[1] == Part("file", "file", CONTENT)
    assert not file.closed


async def test_a_name_may_go_with_the_content(path: Path) -> None:
    for upload in (CONTENT, io.BytesIO(CONTENT), path, Stream(), BareStream()):
        assert parts_of(await sent(("other.pdf", upload)))[1] == Part("file", "other.pdf", CONTENT)


@pytest.mark.parametrize("stream", [Stream, BareStream])
async def test_a_stream_is_sent(stream: type) -> None:
    assert parts_of(await sent(stream()))[1] == Part("file", "file", CONTENT)


async def test_no_file_is_no_part() -> None:
    request = await sent(None, name="x")
    assert b'name="file"' not in request.content
    assert b"7" in request.content


async def test_fields_are_spelt_as_in_queries(path: Path) -> None:
    fields = {"public": True, "signee_ids": [1, "2"], "author_id": None, "tags[]": ["a"], "owner": {"id": 3}}
    found = parts_of(await sent(path, **fields))
    assert [(part.name, part.content) for part in found if part.name != "file"] == [
        ("task_id", b"7"),
        ("public", b"true"),
        ("signee_ids[]", b"1"),
        ("signee_ids[]", b"2"),
        ("tags[]", b"a"),
        ("owner[id]", b"3"),
    ]


async def test_a_list_of_files_repeats_its_field(path: Path) -> None:
    for key in ("attachments", "attachments[]"):
        script = Script(httpx.Response(204))
        files: list[Any] = [path, CONTENT, ("b.txt", b"b"), io.BytesIO(b"c")]
        await client(script).ats.messages.create({"content": "x", key: files})
        assert [part for part in parts_of(script.request) if part.file_name] == [
            Part("attachments[]", path.name, CONTENT),
            Part("attachments[]", "attachments", CONTENT),
            Part("attachments[]", "b.txt", b"b"),
            Part("attachments[]", "attachments", b"c"),
        ]


async def test_one_file_may_stand_for_a_list() -> None:
    script = Script(httpx.Response(204))
    await client(script).ats.messages.create({"content": "x", "attachments[]": ("b.txt", b"b")})
    assert parts_of(script.request)[-1] == Part("attachments[]", "b.txt", b"b")


async def test_updates_take_files_too() -> None:
    script = Script(httpx.Response(204))
    await client(script).project_management.project_tasks.update(7, {"files_to_add": [b"a"], "name": "x"})
    assert script.request.method == "PUT"
    assert [(part.name, part.content) for part in parts_of(script.request)] == [
        ("files_to_add[]", b"a"),
        ("name", b"x"),
    ]


BAD: dict[str, tuple[Any, str]] = {
    "a file that is not there": ("no-such-file.pdf", "the file for 'file' cannot be read: No such file"),
    "a folder": (".", "the file for 'file' cannot be read: Is a directory"),
    "a path that cannot be": ("a\0b", "'file' cannot be read"),
    "a file of text": (io.StringIO("text"), "'file' is a file: pass a path, bytes, a file opened in binary mode"),
    "a number": (7, "'file' is a file"),
    "true": (True, "'file' is a file"),
    "a mapping": ({"name": "x"}, "'file' is a file"),
    "three of a kind": (("a", b"b", "c"), "'file' is a file"),
    "a name without a file": (("a.txt", None), "'file' is a file"),
    "a list with a gap": ([b"a", None], "'file' is a file"),
}


@pytest.mark.parametrize(("upload", "message"), BAD.values(), ids=BAD)
async def test_what_is_no_file_is_refused(upload: object, message: str) -> None:
    script = Script()
    with pytest.raises(sdk.ConfigurationError, match=f"^POST tasks/task_files: .*{message}"):
        await client(script).tasks.task_files.create({"task_id": 7, "file": upload})
    assert not script.requests


async def test_a_text_file_is_refused(path: Path) -> None:
    with path.open(encoding="latin-1") as file, pytest.raises(sdk.ConfigurationError, match="binary mode"):
        await client(Script()).tasks.task_files.create({"file": file})


async def test_a_file_that_was_closed_is_refused(path: Path) -> None:
    with path.open("rb") as file:
        pass
    with pytest.raises(sdk.ConfigurationError, match="'file'"):
        await client(Script()).tasks.task_files.create({"file": file})


async def test_fields_without_a_name_are_refused() -> None:
    with pytest.raises(sdk.ConfigurationError, match="the names of fields are str, not int"):
        await client(Script()).tasks.task_files.create({7: 1})


async def test_what_cannot_be_a_field_is_refused() -> None:
    with pytest.raises(sdk.ConfigurationError, match=r"POST tasks/task_files: 'name' must be text, .*; got object$"):
        await client(Script()).tasks.task_files.create({"name": object()})


async def test_a_field_that_is_no_number_is_refused() -> None:
    with pytest.raises(sdk.ConfigurationError, match=r"POST tasks/task_files: 'name\[\]' is NaN, NaT or infinite"):
        await client(Script()).tasks.task_files.create({"name": [float("nan")]})


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[io.IOBase]:
    """Every file that is opened through a path."""
    files: list[io.IOBase] = []
    real = Path.open

    def keeping(self: Path, *arguments: Any, **options: Any) -> Any:
        files.append(real(self, *arguments, **options))
        return files[-1]

    monkeypatch.setattr(Path, "open", keeping)
    return files


@pytest.mark.parametrize(
    "steps",
    [
        [answers.json(TASK_FILE)],
        [answers.json({}, 422)],
        [httpx.ReadError("")],
        [ZeroDivisionError()],
        [answers.json({}, 429), answers.raw(b"<html>")],
    ],
    ids=["success", "error", "broken off", "crash", "repeated"],
)
async def test_files_that_were_opened_are_closed(steps: list[Any], path: Path, opened: list[io.IOBase]) -> None:
    script = Script(*[step if isinstance(step, Exception) else httpx.Response(step.status_code, content=step.content) for step in steps])  # fmt: skip
    try:
        await client(script).tasks.task_files.create({"file": str(path)})
    except (sdk.FactorialError, ZeroDivisionError):
        assert len(script.requests) == len(steps)
    assert [file.closed for file in opened] == [True]


async def test_files_that_were_opened_are_closed_when_a_later_one_is_refused(
    path: Path, opened: list[io.IOBase]
) -> None:
    with pytest.raises(sdk.ConfigurationError):
        await client(Script()).ats.messages.create({"attachments": [path, path, 7]})
    assert [file.closed for file in opened] == [True, True]


async def test_a_file_is_sent_whole_when_it_is_sent_again(path: Path) -> None:
    for upload in (path, CONTENT, io.BytesIO(CONTENT), ("a", CONTENT)):
        script = Script(answers.json({}, 429), httpx.ConnectError(""), answers.json(TASK_FILE, 201))
        await client(script).tasks.task_files.create({"task_id": 7, "file": upload})
        assert [parts_of(request)[1].content for request in script.requests] == [CONTENT] * 3


@pytest.mark.parametrize("stream", [Stream, BareStream])
@pytest.mark.parametrize("failure", [httpx.Response(429), httpx.ConnectError("")])
async def test_a_stream_that_can_be_read_once_is_sent_once(stream: type, failure: Any) -> None:
    for upload in (stream(), ("a.txt", stream())):
        step = failure if isinstance(failure, Exception) else httpx.Response(429)
        script = Script(step)
        with pytest.raises((sdk.RateLimitError, sdk.ApiConnectionError)):
            await client(script).tasks.task_files.create({"file": upload}, max_retries=5)
        assert len(script.requests) == 1


async def test_one_stream_among_files_is_enough() -> None:
    script = Script(httpx.Response(429))
    with pytest.raises(sdk.RateLimitError):
        await client(script).ats.messages.create({"attachments": [Stream(), b"a"]})
    assert len(script.requests) == 1
