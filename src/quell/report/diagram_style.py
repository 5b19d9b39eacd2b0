"""How the diagram of the wiring looks: the colours and type of every quell page, for light and dark screens."""

from collections.abc import Iterable

_LIGHT = ("#2f55b4", "#4a4fbe", "#6a48b6", "#8545a4", "#9c428c", "#7d5590", "#3f6689", "#0f6b78")
_DARK = ("#86a4f2", "#9d9df5", "#b795f0", "#cf90e4", "#e08fcb", "#c3a0d8", "#83b3d6", "#55bfcc")


def _hues(colours: Iterable[str]) -> str:
    return "".join(f".h{i}{{--hue:{colour}}}" for i, colour in enumerate(colours))


_SANS = 'Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif'
_SERIF = '"Source Serif 4","Source Serif Pro",Charter,Georgia,serif'
_MONO = 'ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace'
_DAY = "--paper:#fbfaf7;--card:#fff;--ink:#1d2430;--muted:#596270;--line:#e3e6ea;--amber:#8f5d12"
_NIGHT = "--paper:#14181f;--card:#1b212a;--ink:#e8ebf0;--muted:#a3acb9;--line:#323b47;--amber:#e0ac5a"

STYLE = f"""
svg{{{_DAY};font-family:{_SANS};font-variant-numeric:tabular-nums}}
{_hues(_LIGHT)}
@media (prefers-color-scheme:dark){{svg{{{_NIGHT}}}{_hues(_DARK)}}}
text{{fill:var(--ink)}}
.paper{{fill:var(--paper)}}
.heading{{font:600 26px {_SERIF}}}
.lead{{font-size:13px;fill:var(--muted)}}
.card{{fill:var(--card);stroke:var(--line)}}
.spine{{fill:var(--hue)}}
.title{{font-size:16px;font-weight:600}}
.quiet{{font-size:12px;fill:var(--muted)}}
.state{{font-size:12.5px}}
.unit{{font-size:11.5px;fill:var(--muted);text-anchor:end}}
.mark{{font-size:11px;fill:var(--hue)}}
.outside{{font-size:11.5px;fill:var(--muted)}}
.switch{{font-size:12px;fill:var(--amber)}}
.strip{{font-size:11.5px;font-weight:600;fill:var(--hue)}}
.chip{{font-size:9.5px;text-anchor:middle}}
.pool{{fill:var(--paper);stroke:var(--line)}}
.pool.read{{stroke:var(--hue);stroke-width:1.5}}
.dose{{fill:var(--hue)}}
.flow,.arrow path{{fill:none;stroke:var(--hue);stroke-width:1.5;stroke-opacity:.6}}
.flow.follows{{stroke-dasharray:3 3}}
.flow.head,.arrow .head{{fill:var(--hue);stroke:none}}
.value{{font:11.5px {_MONO};text-anchor:middle}}
@media print{{svg{{{_DAY}}}}}
""".strip()
"""CSS of the diagram; a box's class h0 to h7 sets its hue, from blue (plasma) through violet to teal (symptoms)."""
