"""The report costs little: no slow imports, and well below a second."""

import subprocess
import sys
import time
from pathlib import Path

from tests.report.conftest import made_up

from quell.report.page import write_report

SLOW = ("altair", "jax", "numpy", "pandas", "scipy", "vl_convert", "xarray")
WARM_S = 0.6


def test_nothing_slow_is_imported() -> None:
    code = "import sys, quell.report.page; print(*sorted(m for m in sys.modules if '.' not in m))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(SLOW) & set(run.stdout.split())


def test_a_warm_report_is_quick(tmp_path: Path) -> None:
    write_report(made_up("two arms"), tmp_path)
    start = time.process_time()
    write_report(made_up("two arms"), tmp_path)
    assert time.process_time() - start < WARM_S
