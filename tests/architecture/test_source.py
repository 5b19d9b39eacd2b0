"""How the source is written: one idea a file, said at its top, named in the field's words."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = sorted((ROOT / "src" / "quell").rglob("*.py"))
LONGEST_FILE = 400
JUNK_DRAWERS = {
    "common",
    "core",
    "helper",
    "helpers",
    "lib",
    "misc",
    "shared",
    "stuff",
    "tools",
    "util",
    "utils",
    "various",
}

files = pytest.mark.parametrize("file", SOURCE, ids=lambda file: str(file.relative_to(ROOT)))


def tool(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one of the checkers as ``make check`` does."""
    return subprocess.run([Path(sys.executable).with_name(name), *words], cwd=ROOT, capture_output=True, text=True)


@files
def test_a_file_holds_one_idea(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@files
def test_a_module_says_what_it_is(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


@files
def test_annotations_are_not_postponed(file: Path) -> None:
    futures = [
        name.name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for name in node.names
    ]
    assert "annotations" not in futures, "types are read at run time in the tests"


def test_no_name_is_a_junk_drawer(tracked: list[Path]) -> None:
    words = {part.removesuffix(path.suffix) for path in tracked for part in path.relative_to(ROOT).parts}
    assert not words & JUNK_DRAWERS


def test_folders_are_two_deep_and_each_says_what_it_holds() -> None:
    folders = {file.parent for file in SOURCE}
    assert all(len(folder.relative_to(ROOT / "src" / "quell").parts) <= 1 for folder in folders)
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_style_and_import_order() -> None:
    answer = tool("ruff", "check", "--no-cache", "--output-format=concise")
    assert answer.returncode == 0, answer.stdout


def test_format() -> None:
    answer = tool("ruff", "format", "--check", "--no-cache", "--output-format=concise")
    assert answer.returncode == 0, answer.stdout


@pytest.mark.slow  # half a minute: the whole source is read anew; make check and .ci/run do it
def test_types() -> None:
    answer = tool("pyright", "--pythonpath", sys.executable)
    assert answer.returncode == 0, answer.stdout
