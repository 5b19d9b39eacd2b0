"""How the diagram of the wiring looks: the colours and type of the report's style sheet, for light and dark screens."""

import re
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from quell.report.colours import HUES

_USED = ("paper", "card", "fg", "muted", "hair", "amber", *(f"h{i}" for i in range(HUES)))
_TYPE = ("serif", "sans")
_MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'

_RULES = """
text { fill: var(--fg) }
.paper { fill: var(--paper) }
.heading { font: 600 26px var(--serif) }
.lead { font-size: 13px; fill: var(--muted) }
.card { fill: var(--card); stroke: var(--hair) }
.spine { fill: var(--hue) }
.title { font-size: 16px; font-weight: 600 }
.quiet { font-size: 12px; fill: var(--muted) }
.state { font-size: 12.5px }
.unit { font-size: 11.5px; fill: var(--muted); text-anchor: end }
.mark { font-size: 11px; fill: var(--hue) }
.outside { font-size: 11.5px; fill: var(--muted) }
.switch { font-size: 12px; fill: var(--amber) }
.strip { font-size: 11.5px; font-weight: 600; fill: var(--hue) }
.chip { font-size: 9.5px; text-anchor: middle }
.pool { fill: var(--paper); stroke: var(--hair) }
.pool.read { stroke: var(--hue); stroke-width: 1.5 }
.dose { fill: var(--hue) }
.flow, .arrow path { fill: none; stroke: var(--hue); stroke-width: 1.5; stroke-opacity: .6 }
.flow.follows { stroke-dasharray: 3 3 }
.flow.head, .arrow .head { fill: var(--hue); stroke: none }
.value { font: 11.5px var(--mono); text-anchor: middle }
"""


@cache
def diagram_style() -> Markup:
    """CSS of the diagram; a box's class h0 to h7 sets its hue, from blue (plasma) through violet to teal (symptoms)."""
    light, dark = (_declared(block) for block in _roots())
    type_faces = _written({name: light[name] for name in _TYPE} | {"mono": _MONO})
    hues = "\n".join(f".h{i} {{ --hue: var(--h{i}) }}" for i in range(HUES))
    day, night = (_written({name: colours[name] for name in _USED}) for colours in (light, dark))
    return Markup(  # noqa: S704  our own style sheet
        f"\nsvg {{ color-scheme: light dark; {day}; {type_faces}; font-family: var(--sans); "
        "font-variant-numeric: tabular-nums }\n"
        f"@media screen and (prefers-color-scheme: dark) {{ svg {{ {night} }} }}\n{hues}{_RULES}"
    )


def _roots() -> list[str]:
    """The declarations of the report's light and dark themes."""
    sheet = files("quell.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    return re.findall(r":root\s*\{([^}]*)\}", sheet)[:2]


def _declared(block: str) -> dict[str, str]:
    return {name: value.strip() for name, value in re.findall(r"--([\w-]+):([^;}]*)", block)}


def _written(declarations: dict[str, str]) -> str:
    return "; ".join(f"--{name}: {value}" for name, value in declarations.items())
