"""What users install: the wheel, and the sdist that builds the same one."""

from __future__ import annotations

import email
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from .interpreter import run

ROOT = Path(__file__).parents[2]
LARGEST_WHEEL_BYTES = 800_000
NOT_COPIED = shutil.ignore_patterns(".git", ".*_cache", ".nox", ".venv", "__pycache__", "dist", "node_modules")

SMOKE = """
import asyncio, importlib.metadata, importlib.resources, warnings
import httpx
import factorialhr, factorialhr.sync

def serve(request):
    return httpx.Response(200, json={"data": [{"id": "7", "name": "Ada"}], "meta": {"has_next_page": False}})

async def main():
    transport = httpx.MockTransport(serve)
    async with factorialhr.ApiClient(auth=factorialhr.ApiKeyAuth("key"), transport=transport) as api:
        return [str(record.id) async for record in api.teams.teams.iter()]

with warnings.catch_warnings():
    warnings.simplefilter("ignore", factorialhr.DecodeWarning)
    waited = asyncio.run(main())
    with factorialhr.sync.ApiClient(auth=factorialhr.ApiKeyAuth("key"), transport=httpx.MockTransport(serve)) as api:
        blocked = [str(record.id) for record in api.teams.teams.iter()]

answer = {
    "file": factorialhr.__file__,
    "version": importlib.metadata.version("factorialhr"),
    "typed": (importlib.resources.files("factorialhr") / "py.typed").is_file(),
    "names": [name for name in factorialhr.__all__ if getattr(factorialhr, name) and getattr(factorialhr.sync, name)],
    "ids": [waited, blocked],
}
"""


def call(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run([sys.executable, *map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def build_wheel(source: Path, target: Path) -> Path:
    call("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", target, source, cwd=target.parent)
    (wheel,) = target.glob("*.whl")
    return wheel


def content_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the whole project: building writes the mirror, and must not write into this checkout."""
    target = tmp_path_factory.mktemp("build") / "project"
    shutil.copytree(ROOT, target, ignore=NOT_COPIED)
    return target


@pytest.fixture(scope="module")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(project, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST_WHEEL_BYTES


def test_the_wheel_is_for_every_platform(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path, project: Path) -> None:
    source = project / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "factorialhr").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found = content_of(wheel)
    assert {name for name in found if ".dist-info/" not in name} == wanted
    assert {name: found[name] for name in wanted} == {name: (source / name).read_bytes() for name in wanted}
    assert "factorialhr/py.typed" in found
    assert not [name for name in found if "spec/" in name or "tests/" in name or name.endswith((".json", ".gz"))]


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    metadata = email.message_from_bytes(
        next(data for name, data in content_of(wheel).items() if name.endswith(".dist-info/METADATA"))
    )
    needed = [one for one in metadata.get_all("Requires-Dist", []) if "extra" not in one]
    assert {one.split(">")[0].split("<")[0].strip() for one in needed} == {"httpx", "msgspec", "anyio", "sniffio"}
    assert all(">=" in one and "<" in one for one in needed)
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"


def test_the_sdist_builds_the_same_wheel(project: Path, wheel: Path, tmp_path: Path) -> None:
    call("-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=project)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert not [name for name in archive.getnames() if "__pycache__" in name]
    (tmp_path / "again").mkdir()
    assert content_of(build_wheel(sdist, tmp_path / "again")) == content_of(wheel)


def test_the_build_writes_a_mirror_that_is_missing(project: Path, wheel: Path, tmp_path: Path) -> None:
    bare = tmp_path / "project"
    shutil.copytree(project, bare)
    shutil.rmtree(bare / "src" / "factorialhr" / "_sync")
    (tmp_path / "wheel").mkdir()
    assert content_of(build_wheel(bare, tmp_path / "wheel")) == content_of(wheel)


def test_the_wheel_works_where_nothing_else_of_the_project_is(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    call("-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    (site,) = home.glob("lib/python*/site-packages")
    # Dependencies come from the environment of the tests; a path added by a .pth file brings no editable installs.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    answer = run(SMOKE, str(python), "-I")
    assert Path(answer["file"]).is_relative_to(site)
    assert answer["version"] == wheel.name.split("-")[1]
    assert answer["typed"]
    assert len(answer["names"]) > 900
    assert answer["ids"] == [["7"], ["7"]]
