"""The wheel: bundled profiles are found from an editable install, an installed wheel and a zip."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from wscli.cli.topics import TOPICS

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


def run_from(place: Path, folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(place), "XDG_CONFIG_HOME": str(folder)}
    command = [sys.executable, "-m", "wscli", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_distribution_has_a_name_of_its_own(wheel: Path) -> None:
    assert wheel.name.startswith("wscli_inspector-")


def test_profiles_and_schema_travel_in_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    profiles = TOP / "profiles"
    bundled = {
        f"wscli/_profiles/{path.relative_to(profiles).as_posix()}"
        for path in profiles.rglob("*.yaml")
    }
    assert bundled <= set(names)
    assert {"wscli/loader/profile.schema.json", "wscli/py.typed"} <= set(names)
    tops = {name.split("/")[0] for name in names}
    stem = wheel.name.split("-py3")[0]
    assert tops == {"wscli", f"{stem}.dist-info", f"{stem}.data"}


def test_the_man_page_and_the_pages_of_help_travel_in_the_wheel(wheel: Path) -> None:
    stem = wheel.name.split("-py3")[0]
    names = set(zipfile.ZipFile(wheel).namelist())
    assert f"{stem}.data/data/share/man/man1/wscli.1" in names
    pages = {path.name for path in (TOP / "wscli" / "cli" / "pages").iterdir()}
    assert {f"wscli/cli/pages/{name}" for name in pages} <= names
    assert pages == {f"{name}.md" for name in TOPICS}
    assert "wscli/_profiles/examples.md" in names


def test_help_is_found_in_a_zipped_wheel(wheel: Path, tmp_path: Path) -> None:
    assert "124" in run_from(wheel, tmp_path, "help", "exit-codes")
    assert "\n Examples\n" in run_from(wheel, tmp_path, "simulate", "--help")


def test_profiles_are_found_in_a_zipped_wheel(wheel: Path, tmp_path: Path) -> None:
    assert "pegana" in run_from(wheel, tmp_path, "profiles", "list")
    assert "no mistakes" in run_from(wheel, tmp_path, "profiles", "check", "pegana")


def test_profiles_are_found_in_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(place)
    assert "bundled" in run_from(place, tmp_path, "profiles", "list")
    assert "wscli: 1" in run_from(place, tmp_path, "profiles", "show", "pegana")


def test_profiles_are_found_in_the_source_tree(tmp_path: Path) -> None:
    assert "bundled" in run_from(TOP, tmp_path, "profiles", "list")


def test_the_version_is_answered_almost_without_imports(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['wscli', '--version']\n"
        "from wscli.__main__ import main; main()\n"
        "print([name for name in ('typer', 'rich', 'yaml', 'orjson') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["wscli 0.1.0", "[]"]
