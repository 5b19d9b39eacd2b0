"""The trials that judge the model are read by the validation alone; a run reads no study record at all."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE = "quell.evidence.held_out"
READERS = {"src/quell/calibration/validation.py"}
"""Source that may import the module; tests of roles may too."""

TESTS = ("tests/evidence/test_study_roles.py", "tests/evidence/test_collected_tables.py", "tests/calibration/")
FILES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("src", "scripts", "tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def mentions(tree: ast.AST, package: str) -> Iterator[str]:
    """Names of modules that source imports, and texts that could name the module or its folder."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
            yield base
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            yield node.value


def reads_held_out(source: str, package: str = "quell.cli") -> bool:
    """Whether source imports the module, or names it or its folder in a text."""
    said = list(mentions(ast.parse(source), package))
    return any(text.startswith(MODULE) or "studies/held_out" in text or "evidence.held_out" in text for text in said)


def test_only_the_validation_reads_the_trials_that_judge():
    found = {name for name in FILES if reads_held_out((ROOT / name).read_text(encoding="utf-8"), package_of(name))}
    found -= {"tests/architecture/test_held_out.py", "src/quell/evidence/held_out.py"}
    assert {name for name in found if name.startswith("src/")} <= READERS
    assert not {name for name in found if not name.startswith("src/") and not name.startswith(TESTS)}


def package_of(name: str) -> str:
    return ".".join(Path(name).parent.parts[1:]) if name.startswith("src/") else ""


@pytest.mark.parametrize(
    "source",
    [
        "import quell.evidence.held_out",
        "import quell.evidence.held_out as judges",
        "from quell.evidence import held_out",
        "from quell.evidence import facts, held_out as judges",
        "from quell.evidence.held_out import load_held_out",
        "from ..evidence import held_out",
        "from ..evidence.held_out import load_held_out",
        "def f():\n    from quell.evidence.held_out import load_held_out",
        "from importlib import import_module\nimport_module('quell.evidence.held_out')",
        "open('studies/held_out/taylor2018.toml')",
    ],
)
def test_the_scan_sees_every_way_in(source):
    assert reads_held_out(source)


@pytest.mark.parametrize("source", ["from quell.evidence import facts", "record.held_out", "import quell.evidence"])
def test_the_scan_is_not_blind_to_innocence(source):
    assert not reads_held_out(source)


def test_no_other_module_joins_the_folder_of_studies_with_that_of_the_judges():
    """The folder's name alone stands in one module of the evidence."""
    named = [
        path.name
        for path in sorted((ROOT / "src" / "quell" / "evidence").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == "held_out"
    ]
    assert named == ["held_out.py"]


def test_the_import_contract_names_the_one_reader():
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("Only the validation reads", 1)[1]
    assert f'protected_modules = ["{MODULE}"]' in contract
    assert f'ignore_imports = ["quell.calibration.validation -> {MODULE}"]' in contract


def loaded_by(statement: str) -> set[str]:
    """Modules of quell in memory after a statement has run in a fresh interpreter."""
    code = f"import sys\n{statement}\nprint('loaded:', *(name for name in sys.modules if name.startswith('quell.')))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.rpartition("loaded:")[2].split())


NO_STUDY = """
import quell.simulation.run, quell.report.bundle, quell.api, quell.cli.run
from quell.cli import main
main(["run", "missing.yaml"])
main(["evidence", "--pack", "receptors"])
main(["evidence", "receptors.potency"])
"""


def test_no_study_is_read_where_none_is_asked_for():
    assert not {name for name in loaded_by(NO_STUDY) if name.startswith("quell.evidence.study_") or name == MODULE}
