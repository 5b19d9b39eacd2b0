"""What the documentation says is there, works as it says, and leaves nothing out."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from quell.cli import COMMANDS, main
from quell.mechanisms.story import OWN_MECHANISMS
from quell.protocols.study_file import read_study

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
STORIES = YAML(typ="safe").load((ROOT / "docs" / "stories.yaml").read_text(encoding="utf-8"))
RISKS = {"high", "medium", "low"}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(language: str) -> Iterator[pytest.ParameterSet]:
    """Code blocks of one language on every page."""
    for page in PAGES:
        found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for number, block in enumerate(found, 1):
            yield pytest.param(block, id=f"{page.relative_to(ROOT)} {number}")


def commands() -> list[str]:
    """The lines of the documentation that call quell, except those that run a study."""
    lines = [line for block in blocks("console") for line in str(block.values[0]).splitlines()]
    return [line.removeprefix("$ quell ") for line in lines if not line.startswith("$ quell run")]


def functions(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


@pages
def test_a_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("study", [b for b in blocks("yaml") if str(b.values[0]).startswith("quell: 1\n")])
def test_a_study_in_the_documentation_is_accepted(study: str, tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(study, encoding="utf-8")
    assert read_study(file).arms


@pytest.mark.parametrize("line", commands())
def test_a_command_in_the_documentation_works(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 0
    assert capsys.readouterr().out


def test_the_readme_starts_with_two_commands() -> None:
    start = re.search(r"^## Start\n(.*?)^## ", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert start is not None
    found = re.findall(r"^```bash\n(.*?)\n```", start[1], re.MULTILINE | re.DOTALL)
    assert len(found) == 2
    assert all(command.startswith("python3 -m venv .venv && ") and "\n" not in command for command in found)
    study = re.search(r"quell run (\S+)", found[0])
    assert study is not None
    assert (ROOT / study[1]).exists()
    printed = subprocess.run([ROOT / ".ci" / "run", "--print"], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == found[1]


def test_the_readme_lists_every_command() -> None:
    assert re.findall(r"^\| `quell (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("name", ["kinetics", "instruments", "people", *(m.name for m in OWN_MECHANISMS)])
def test_every_step_of_the_story_has_a_page(name: str) -> None:
    assert (ROOT / "docs" / "theory" / f"{name}.md").read_text(encoding="utf-8").startswith("# ")


def test_decisions_are_numbered_without_a_gap() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(file.name[:3]) for file in files] == list(range(1, len(files) + 1))
    assert all(file.read_text().startswith(f"# {file.name[:3]}. ") for file in files)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["id"])
def test_a_story_is_proved_by_tests_that_exist(story: dict[str, object]) -> None:
    assert set(story) == {"id", "story", "risk", "tests"}
    assert story["risk"] in RISKS
    tests = story["tests"]
    assert isinstance(tests, list)
    assert tests
    for test in tests:
        file, _, function = test.partition("::")
        assert (ROOT / file).exists(), test
        assert not function or function in functions(ROOT / file), test


def test_stories_have_names_of_their_own() -> None:
    names = [story["id"] for story in STORIES]
    assert len(set(names)) == len(names)
