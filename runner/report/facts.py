# SPDX-License-Identifier: LGPL-2.1-or-later
"""What several formats say of an item: when it began, how long it took, its figures, and the
kernel's words."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional

from ..complaints import complaint
from ..figures import Figures, median
from ..text import clean, printed
from .tally import Item

Json = Dict[str, Any]
# The values of a point's YAML block that every format has in a place of their own.
_APART = ("duration_ms", "metrics")
# For readers that know only these three words: a known issue is neither a pass nor a failure, and
# what could not be judged is no pass.
_WORDS = {"passed": "pass", "skipped": "skip", "disturbed": "skip", "known": "skip"}
# Units with a prefix, as the unit without it and the factor.
_BASE = {"ns": ("s", 1e-9), "MB/s": ("B/s", 1e6)}
INSTRUCTIONS = "instructions"


@dataclass(frozen=True)
class Measured:
    """A figure of a point: of a distribution its median, or with `p99` in the name its tail."""

    name: str
    value: float
    unit: str

    def without_prefix(self) -> "Measured":
        """The same with the unit that has no prefix: 71600 ns as 0.0000716 s."""
        unit, factor = _BASE.get(self.unit, (self.unit, 1.0))
        # Twelve digits: more of the product of two floats are rounding errors.
        return Measured(self.name, float(f"{self.value * factor:.12g}"), unit)


def measured(item: Item, counted: bool) -> List[Measured]:
    """The figures of a load's point. `counted`: instructions stand in place of times."""
    if not item.point:
        return []
    gathered = Figures()
    gathered.add({"points": [item.point], "scale": item.result.get("scale")})
    begin = len(item.name.partition("#")[0]) + 1
    return [Measured(clean(name[begin:], 200), median(figure.values),
                     INSTRUCTIONS if counted and figure.unit == "ns" else clean(figure.unit, 40))
            for name, figure in gathered.found().items()]


def moment(text: Any) -> Optional[datetime]:
    """A time of the record; None where it has none, or not of this form."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S%z").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def readable(value: Any) -> Any:
    """A value whose texts a database or an XML file can hold."""
    if isinstance(value, str):
        return printed(value)
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, dict):
        return {printed(str(key)): readable(item) for key, item in value.items()}
    return value


def said(item: Item) -> Json:
    """What its program said of a point, beside its figures and its time."""
    return {key: value for key, value in item.point["diagnostics"].items()
            if key not in _APART} if item.point else {}


def pass_skip_fail(item: Item) -> str:
    """The state in the words of readers that know no others."""
    return _WORDS.get(item.state, "fail")


def hosts(run: Json) -> List[str]:
    """The names of the machines of a run, of which one that was merged can have several;
    `localhost` in records from before it was recorded."""
    merged = [one.get("host") for one in run.get("merged") or []]
    return list(dict.fromkeys(str(name) for name in merged if name)) or [
        str(run.get("host") or "localhost")]


def host(run: Json) -> str:
    """The name of the machine, or those of several with `+` between them."""
    return clean("+".join(hosts(run)), 200)


def why(item: Item) -> str:
    """The reason of an item that did not pass, with the known issue or `disturbed` in front."""
    if item.verdict == "pass":
        return ""
    reason = clean(item.reason or item.verdict, 1000)
    if item.state == "known":
        return f"known issue {clean(item.known or '', 200)}: {reason}"
    return f"{item.verdict}: {reason}" if item.state not in ("failed", "skipped") else reason


def kernel_words(item: Item, most: int) -> str:
    """The kernel log of an item's program: of a longer one than `most` characters the complaints
    first, and then its beginning. Each point of a program has the same."""
    lines = [str(line) for line in item.result.get("log") or []]
    text = "\n".join(lines)
    if len(text) <= most:
        text = printed(text)
    if len(text) <= most:
        return text
    first = item.result.get("complaints") or [line for line in lines if complaint(line)]
    return printed("\n".join([*map(str, first), "...", *lines])[:most])[:most]
