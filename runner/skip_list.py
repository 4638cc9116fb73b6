# SPDX-License-Identifier: LGPL-2.1-or-later
"""Skip files: what is not to be run, on which kernels and machines, why, and until when.

doc/controls.md documents an entry, doc/schema/skip-file.schema.json is its schema.
"""
from __future__ import annotations

import datetime
import os
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .entries import kernel_range
from .errors import Refused, why
from .kernels import Kernel, Range
from .patterns import Pattern, parse_patterns
from .plan import Planned
from .schema import checker
from .spared import spare
from .text import clean

FORMAT = 1
# The most characters of a file, because some files have no end, and the most values: an alias
# stands for all that it refers to, and a few aliases of aliases for more than any memory holds.
MAX_FILE = 1 << 20
MAX_VALUES = 500_000


@dataclass(frozen=True)
class Skip:
    """An entry of a file. `until` is the last day on which it applies."""

    patterns: Tuple[Pattern, ...]
    reason: str
    until: Optional[datetime.date] = None
    kernels: Range = field(default_factory=Range)
    machine: Tuple[str, ...] = ()

    def here(self, kernel: Kernel) -> bool:
        """True when it applies to this kernel on this kind of machine."""
        return (not self.machine or kernel.machine in self.machine) and self.kernels.covers(
            kernel)

    def as_json(self) -> Dict[str, Any]:
        """The form in run.json, from which recorded() makes it again."""
        return {"names": [pattern.text for pattern in self.patterns], "reason": self.reason}


def _plain(value: Any) -> Any:
    """The value with texts in place of dates, as JSON would have it."""
    if isinstance(value, dict):
        return {key: _plain(item) if key in ("format", "skips", "until") else item
                for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) if isinstance(item, dict) else item for item in value]
    is_day = isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    return value.isoformat() if is_day else value


def _skip(entry: Any, path: str) -> Skip:
    wrong = checker("skip-file")({"format": FORMAT, "skips": [entry]})
    if wrong:
        place = wrong[len("skips[0]"):].lstrip(".")
        quotes = ": write numbers of kernels in quotes" if place.startswith(
            ("since", "fixed")) and "text" in place else ""
        raise ValueError(place.strip() + quotes)
    until = entry.get("until")
    day = datetime.date.fromisoformat(until) if until else None
    source = f"skip file {os.path.basename(path)}" + (f", until {until}" if until else "")
    reason = f"{entry['reason']} ({source})"
    return Skip(tuple(parse_patterns(entry["names"], None)), clean(reason), day,
                kernel_range(entry), tuple(entry.get("machine", ())))


def _values(node: Any, counted: Dict[int, int]) -> int:
    """The number of values in a node of YAML, those of an alias at each place where it stands.
    Raises ValueError for a node that contains itself."""
    if id(node) not in counted:
        counted[id(node)] = 0
        inside = node.value if isinstance(node.value, list) else ()
        counted[id(node)] = 1 + sum(
            _values(part, counted) for one in inside
            for part in (one if isinstance(one, tuple) else (one,)))
    if not counted[id(node)]:
        raise ValueError("has a value that contains itself")
    return counted[id(node)]


def _content(path: str) -> Any:
    import yaml  # type: ignore[import]

    class Loader(yaml.SafeLoader):
        """Refuses a key that is no text, and one that stands twice, of which YAML would take the
        last."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            names = set()
            for key, _ in node.value:
                name = self.construct_object(key, deep=True)
                if not isinstance(name, str):
                    raise ValueError(f"{name} is no key")
                if name in names:
                    raise ValueError(f"{name} stands there twice")
                names.add(name)
            return super().construct_mapping(node, deep)

        def get_single_node(self) -> Any:
            node = super().get_single_node()
            if node and _values(node, {}) > MAX_VALUES:
                raise ValueError(f"has more than {MAX_VALUES} values")
            return node

    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(MAX_FILE + 1)
        if len(text) > MAX_FILE:
            raise ValueError(f"is longer than {MAX_FILE >> 20} MB")
        return _plain(yaml.load(text, Loader=Loader))
    except OSError as error:
        raise Refused(f"cannot read the skip file {clean(path)}: {why(error)}") from None
    except yaml.YAMLError as error:
        raise Refused(f"{clean(path)} is not YAML: {clean(' '.join(str(error).split()))}"
                      ) from None
    except (ArithmeticError, AttributeError, LookupError) as error:
        # PyYAML's, for a value that is not of the type that its tag names.
        raise Refused(f"{clean(path)} is not YAML: a value is not of its type: "
                      f"{clean(str(error))}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused(f"{clean(path)}: {clean(str(error))}") from None


def read(path: str) -> List[Skip]:
    """The entries of a file, for all kernels. Raises Refused."""
    content = _content(path)
    if not isinstance(content, dict) or content.keys() != {"format", "skips"} or (
            content["format"] is True or content["format"] != FORMAT) or not isinstance(
                content["skips"], list):
        raise Refused(f"{clean(path)} is not a skip file: it needs `format: {FORMAT}` and "
                      "`skips:`, a list, and nothing else")
    skips = []
    for number, entry in enumerate(content["skips"], 1):
        try:
            skips.append(_skip(entry, path))
        except (ValueError, Refused) as error:
            raise Refused(f"{clean(path)}: entry {number}: {clean(str(error))}") from None
    return skips


def load(paths: Sequence[str], kernel: Kernel, today: datetime.date
         ) -> Tuple[List[Skip], List[str]]:
    """The entries of these files that apply to this kernel, and a line for each that would, but
    whose time is over. Raises Refused."""
    here = [(path, skip) for path in paths for skip in read(path) if skip.here(kernel)]
    over = [(path, skip) for path, skip in here if skip.until and skip.until < today]
    lines = [f"{path}: the skip of {' '.join(pattern.text for pattern in skip.patterns)} ended on "
             f"{skip.until}: it runs again" for path, skip in over]
    return [skip for path, skip in here if (path, skip) not in over], lines


def recorded(run: Dict[str, Any]) -> List[Skip]:
    """The entries that applied to a run, from run.json. Raises Refused."""
    return [Skip(tuple(parse_patterns(entry["names"], None)), entry["reason"])
            for entry in run.get("skips") or []]


def apply(plan: Sequence[Planned], skips: Sequence[Skip]) -> None:
    """Skips what these entries name; the first one that does gives the reason."""
    for planned in plan if skips else ():
        named: Dict[str, str] = {}
        for skip in skips:
            for pattern in skip.patterns:
                cases = pattern.of_run(planned.program, planned.size)
                if cases is not None and not planned.program.cases:
                    # It cannot be described, and has no cases.
                    planned.verdict, planned.reason = "skip", skip.reason
                for case in cases or ():
                    named.setdefault(case, skip.reason)
        spare(planned, named)
