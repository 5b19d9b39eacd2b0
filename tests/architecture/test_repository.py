"""What a clone holds: nothing of the machine it was written on, locks that pin everything, a complete wheel."""

import re
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import quell
from quell.cli.doctor import versions_in_lock

HOSTS = {
    "doi.org": "publications",
    "pubmed.ncbi.nlm.nih.gov": "publications",
    "json-schema.org": "names the dialect of a schema",
    "vega.github.io": "names the dialect of a chart",
    "www.w3.org": "names the dialect of a drawing",
    "keepachangelog.com": "how the changelog is written",
    "semver.org": "how versions are counted",
    "www.apache.org": "the licence",
}
"""Host -> why the project may name it. Addresses of publications stand in the evidence."""

PERSONAL = re.compile(r"(?<![\w.])/(?:root|home|work|Users|opt|mnt|tmp)/\w")
URL = re.compile(r"https?://([\w.-]+)")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def test_no_path_of_anybodys_machine(tracked: list[Path], root: Path) -> None:
    found = {str(path.relative_to(root)): PERSONAL.findall(text_of(path)) for path in tracked if path != Path(__file__)}
    assert not {name: paths for name, paths in found.items() if paths}


def test_hosts_outside_the_evidence_are_known_and_few(tracked: list[Path], root: Path) -> None:
    free = (root / "src" / "quell" / "evidence", root / "tests")
    texts = {path: text_of(path) for path in tracked if not any(map(path.is_relative_to, free))}
    found = {(str(path.relative_to(root)), host) for path, text in texts.items() for host in URL.findall(text)}
    assert not {(name, host) for name, host in found if host not in HOSTS}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_host(root: Path, lock: str) -> None:
    text = (root / lock).read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert len(requirements) > 20
    assert all(re.match(r"[\w.-]+==\S+.*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL) for entry in requirements)
    assert "://" not in text
    assert "index" not in text


def test_the_locks_agree(root: Path) -> None:
    pins = [set(re.findall(r"^[\w.-]+==[^\\\n]+", (root / lock).read_text(), re.MULTILINE)) for lock in LOCKS]
    assert pins[0] < pins[1]


def test_the_lock_holds_what_the_package_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[^\w.-]", dependency)[0].lower().replace(".", "-") for dependency in project["dependencies"]}
    assert names <= set(versions_in_lock())


def test_the_versions_agree(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    citation = re.search(r"^version: (\S+)$", (root / "CITATION.cff").read_text(), re.MULTILINE)
    assert citation is not None
    assert {quell.__version__, citation[1]} == {project["version"]}


def test_a_wheel_carries_everything_a_run_reads(root: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(next(WheelBuilder(str(root)).build(directory=str(tmp_path)))) as archive:
        names = set(archive.namelist())
    package = root / "src"
    needed = {
        file.relative_to(package).as_posix()
        for file in (package / "quell").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert needed | {"quell/requirements.lock"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]
