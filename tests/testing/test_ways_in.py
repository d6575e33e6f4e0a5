"""The plugin, the command, the transports; and that nobody pays for them who does not use them."""

from __future__ import annotations

import runpy
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

import factorialhr
import factorialhr.sync
from factorialhr import testing
from factorialhr.testing import Sandbox
from factorialhr.testing.__main__ import _stopped_by_signal, main

pytest_plugins = ["factorialhr.testing.pytest_plugin"]


def test_the_fixtures_give_a_sandbox_and_a_blocking_client(
    factorialhr_sandbox: Sandbox, factorialhr_api: factorialhr.sync.ApiClient
) -> None:
    factorialhr_sandbox.trainings.categories.add(name="Cooking")
    assert "Cooking" in [one.name for one in factorialhr_api.trainings.categories.all()]
    assert factorialhr_sandbox.requests[0].status == 200
    assert repr(factorialhr_sandbox) == "<Sandbox in process>"  # no socket was opened


async def test_the_fixtures_give_an_async_client(
    factorialhr_sandbox: Sandbox, factorialhr_async_api: factorialhr.ApiClient
) -> None:
    factorialhr_sandbox.trainings.categories.add(name="Cooking")
    response = await factorialhr_async_api.trainings.categories.all()
    assert "Cooking" in [one.name for one in response]


def test_every_test_has_a_sandbox_of_its_own(factorialhr_sandbox: Sandbox) -> None:
    assert len(factorialhr_sandbox.trainings.categories) == 3
    assert factorialhr_sandbox.requests == []


def test_one_transport_serves_many_clients() -> None:
    sandbox = Sandbox()
    url = "https://api.factorialhr.com/api/2026-10-01/resources/trainings/categories"
    for _ in range(2):
        with httpx.Client(transport=sandbox.transport, headers={"x-api-key": sandbox.api_key}) as client:
            assert client.get(url).status_code == 200
    assert len(sandbox.requests) == 2


def test_links_lead_back_the_way_that_the_request_came() -> None:
    sandbox = Sandbox()
    body = {"ids": [str(sandbox.documents.documents.records[0]["id"])]}
    path = "/api/2026-10-01/resources/documents/download_urls/bulk_create"
    headers = {"x-api-key": sandbox.api_key}
    with httpx.Client(transport=sandbox.transport, base_url="https://api.factorialhr.com", headers=headers) as client:
        (link,) = client.post(path, json=body).json()
        assert link["url"].startswith("https://api.factorialhr.com/files/documents/documents/")
        assert client.get(link["url"]).content.startswith(b"%PDF")
    with sandbox, httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False) as client:
        (link,) = client.post(path, json=body).json()
        assert link["url"].startswith(f"{sandbox.url}/files/documents/documents/")
        assert client.get(link["url"]).content.startswith(b"%PDF")


def test_the_command_serves_until_it_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002
            url = capsys.readouterr().out.split()[2]
            page = httpx.get(f"{url}/api/2026-10-01/resources/employees/employees", headers={"x-api-key": "k"})
            assert page.json()["meta"]["total"] == 5
            return True

    assert main(["--employees", "5", "--seed", "3", "--api-key", "k"], Stop()) == 0


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "seed.json").write_text('{"trainings/sessions": [{"training_id": 404}]}')
    with Sandbox() as sandbox:
        port = sandbox.url.rpartition(":")[2]
        for arguments in (["--port", port], ["--employees", "-1"], ["--data", str(tmp_path / "seed.json")]):
            assert main(arguments, threading.Event()) == 1
            assert capsys.readouterr().err.startswith("error: ")


def test_the_command_ends_with_a_signal() -> None:
    command = [sys.executable, "-W", "error", "-m", "factorialhr.testing", "--employees", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Factorial sandbox: http://127.0.0.1:")
        process.terminate()
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("line", "unwanted"),
    [
        ("import factorialhr", ("factorialhr.testing",)),
        ("import factorialhr; factorialhr.ApiClient", ("factorialhr.testing",)),
        ("import factorialhr.testing.pytest_plugin", ("factorialhr.testing.sandbox", "factorialhr._async.client", "httpx")),
        ("from factorialhr.testing import Sandbox; Sandbox()", ("factorialhr._async.client", "httpx", "factorialhr.testing._tables.trainings")),
    ],
)  # fmt: skip
def test_nobody_pays_for_what_is_not_used(line: str, unwanted: tuple[str, ...]) -> None:
    program = f"{line}\nimport sys\nprint(*[name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_signals_end_the_command() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        stopped = _stopped_by_signal()
        assert not stopped.is_set()
        signal.raise_signal(signal.SIGTERM)
        assert stopped.is_set()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_the_command_is_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["factorialhr.testing", "--employees", "-1"])
    monkeypatch.delitem(sys.modules, "factorialhr.testing.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("factorialhr.testing", run_name="__main__")
    assert ended.value.code == 1
    assert "employees" in capsys.readouterr().err


def test_the_package_names_what_it_has() -> None:
    assert set(dir(testing)) == set(testing.__all__)
    assert all(getattr(testing, name) is not None for name in testing.__all__)
    with pytest.raises(AttributeError, match="Sandbx"):
        _ = testing.Sandbx
