"""Every example on the pages about the study file is read."""

import re
from pathlib import Path

import pytest

from quell.protocols.regimen_grammar import parse_regimen
from quell.protocols.study_file import parse_study

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
GRAMMAR = (PAGES / "study-file.md").read_text(encoding="utf-8")
TUTORIAL = (PAGES / "write-a-study-file.md").read_text(encoding="utf-8")

WHOLE = [block for page in (GRAMMAR, TUTORIAL) for block in re.findall(r"```yaml\n(quell: 1\n.*?)```", page, re.DOTALL)]
SECTIONS = re.findall(r"```yaml\n((?!quell: 1\n).*?)```", GRAMMAR, re.DOTALL)
SENTENCES = [
    line
    for page in (GRAMMAR, TUTORIAL)
    for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    for line in block.splitlines()
]


def with_sections(study: str, sections: str) -> str:
    """The study with some of its sections replaced or added."""
    parts = [part for part in re.split(r"(?m)^(?=\S)", study) if part]
    new = [part for part in re.split(r"(?m)^(?=\S)", sections) if part]
    keys = {part.split(":")[0] for part in new}
    return "".join([part for part in parts if part.split(":")[0] not in keys] + new)


def test_the_pages_have_examples() -> None:
    assert (len(WHOLE) >= 4, len(SECTIONS) >= 4, len(SENTENCES) >= 15) == (True, True, True)


@pytest.mark.parametrize("text", WHOLE)
def test_whole_studies(text: str) -> None:
    assert parse_study(text, "page.md").arms


@pytest.mark.parametrize("sections", SECTIONS)
def test_sections(sections: str) -> None:
    text = with_sections(WHOLE[0], sections)
    assert sections in text
    assert parse_study(text, "page.md").arms


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_stand_in_the_order_in_which_they_are_printed(sentence: str) -> None:
    assert parse_regimen(sentence).sentence == sentence
