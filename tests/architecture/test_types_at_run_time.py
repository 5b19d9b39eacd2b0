"""Annotations tell the truth: a whole run, each call's arguments and results checked against their types."""

import subprocess
import sys
from pathlib import Path

CHECKED = """
import sys
import warnings
from beartype import BeartypeConf, BeartypeDecorPlace
from beartype.claw import beartype_package
from beartype.roar import BeartypeClawDecorWarning

warnings.simplefilter("ignore", BeartypeClawDecorWarning)  # protocols of formulas cannot be checked by isinstance
beartype_package(
    "quell",
    conf=BeartypeConf(
        claw_decor_place_func=BeartypeDecorPlace.FIRST,  # under the decorators of jax
        claw_is_pep526=False,
        claw_skip_package_names=("quell.cli",),  # typer hands over a class of its own where it documents another
        is_pep484_tower=True,
        is_random=False,
    ),
)
from quell.cli import main

sys.exit(main(sys.argv[1:]))
"""


def test_a_run_keeps_its_types(root: Path, tmp_path: Path) -> None:
    study = root / "studies" / "social-anxiety-one-infusion.yaml"
    words = ["run", str(study), "--out", str(tmp_path / "out"), "--count", "200", "--traceback"]
    answer = subprocess.run([sys.executable, "-c", CHECKED, *words], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "out" / "report.html").exists()
