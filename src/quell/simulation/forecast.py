"""What a run will need of memory and disk, and the refusal before it starts where the machine has less.

    memory = program + threads * blocks * solve + people * (own + arms * tables) * copies
    solve  = steps of the longest arm * people a block * values a step

A thread holds the blocks it solves together, or three solves' worth: in the grid check one on the run's own steps and
one on twice as many.
People cost a table row each; their courses over time are kept for the first ones only. Where memory is short fewer
threads are used, which changes no number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quell.conventions.errors import StudyError
from quell.conventions.machine import available_memory, free_disk
from quell.simulation.arm_plan import ArmPlan
from quell.simulation.engine import LANES, RECORDED
from quell.simulation.measurement import ANALYTES, COURSES, PEAKS, Watch
from quell.simulation.population import BAND_PEOPLE, group_blocks
from quell.simulation.tables import RELIEFS

_PROGRAM = 700_000_000
"""Libraries, compiled programs and the report, bytes."""

_SOLVE_COPIES = 3
_VALUES_PER_STEP = 120
"""Inputs, ends and middles of every signal at one step of one person."""

_TABLE_COPIES = 3
"""Parts, joined tables, and what a summary or a file is made from."""

_OWN_VALUES = 150
"""Covariates, severities and luck of one person."""

_SINGLE, _DOUBLE = 4, 8


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run needs, in bytes.

    Attributes
    ----------
    people, arms
        Numbers of them.
    fixed, thread, person
        Memory whatever the size, for each thread, and for each person.
    courses
        Memory of the courses kept of the first people.
    """

    people: int
    arms: int
    fixed: int
    thread: int
    person: int
    courses: int

    def memory(self, threads: int) -> int:
        """Memory at the highest point."""
        return self.fixed + threads * self.thread + _TABLE_COPIES * self._tables

    @property
    def disk(self) -> int:
        """Disk: the parts, and the tables made from them."""
        return 2 * self._tables

    @property
    def _tables(self) -> int:
        return self.people * self.person + self.courses

    def threads(self, wanted: int, free: int | None) -> int:
        """As many threads as wanted, or as memory allows; at least one."""
        fitting = [n for n in range(wanted, 1, -1) if free is None or self.memory(n) <= free]
        return fitting[0] if fitting else 1

    def most_people(self, free: int) -> int:
        """About how many people one thread could simulate in so much memory."""
        room = free - self.fixed - self.thread - _TABLE_COPIES * self.courses
        return max(room // (_TABLE_COPIES * self.person), 0)


def forecast(plans: Sequence[ArmPlan], shown: int, watch: Watch, count: int, paths: int) -> Forecast:
    """Forecast a run.

    Parameters
    ----------
    plans
        Steps of each arm.
    shown
        Display times of the arm that has most.
    paths
        People whose paths are kept whole.
    """
    visits, scales = len(watch.visit_h), len(watch.windows_h) + 1
    row = visits * (2 * scales + len(RELIEFS)) + 2 * len(PEAKS) + 4 * len(ANALYTES) + 10
    course = shown * (len(COURSES) + scales) * min(count, BAND_PEOPLE)
    path = shown * (len(RECORDED) + len(ANALYTES)) * min(count, paths)
    steps = max(plan.grid.steps for plan in plans)
    return Forecast(
        people=count,
        arms=len(plans),
        fixed=_PROGRAM,
        thread=max(_SOLVE_COPIES, group_blocks(plans)) * steps * LANES * _VALUES_PER_STEP * _DOUBLE,
        person=_DOUBLE * (_OWN_VALUES + len(plans) * row),
        courses=_SINGLE * len(plans) * (course + path),
    )


def refuse_beyond_machine(needed: Forecast, out: Path) -> None:
    """Refuse what would run out of memory or disk.

    Raises
    ------
    StudyError
        With what is needed, what is free, and how many people would fit.
    """
    memory, free = needed.memory(1), available_memory()
    if free is not None and memory > free:
        message = f"{needed.people} people in {needed.arms} arms need about {_spelt(memory)} of memory"
        allowed = f"up to about {needed.most_people(free)} people on this machine"
        raise StudyError(f"{message}, {_spelt(free)} are free", allowed=allowed)
    if needed.disk > (room := free_disk(out)):
        message = f"the run needs about {_spelt(needed.disk)} of disk, {_spelt(room)} are free"
        raise StudyError(message, allowed=f"fewer people, or another folder than {out}")


def _spelt(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
