# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cache of what programs did on the unbroken kernel, by the content of kernel, guest and
programs, so that it is not tried again."""
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Optional, Sequence

from .. import known_list
from ..errors import Refused, why
from ..lab import cache
from ..lab.setup import Setup
from ..programs import Program
from ..record import write_whole
from ..report.tally import Item, items_of
from ..text import clean

FORMAT = 1
# Verdicts that are the same each time; others may have been chance, and are tried again.
_KEPT = ("passed", "skipped", "known")
Json = Dict[str, Any]


def content(path: str) -> str:
    """A hash of a file's content. Raises Refused."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()[:32]
    except OSError as error:
        raise Refused(f"cannot read {clean(path)}: {why(error)}") from None


def key_of(setup: Setup, sizes: Optional[str]) -> str:
    """A key for everything on which the results depend, except the programs."""
    guest = setup.guest
    lists = [content(path) for path in known_list.files()]
    return cache.key(str(FORMAT), content(guest.kernel.image), setup.accel.name,
                     json.dumps([guest.nodes, guest.cpus, guest.memory_mb, guest.swap_mb,
                                 guest.hugepages, guest.append, guest.coherent]),
                     sizes or "", *lists)


def program_of(name: str) -> str:
    """The AREA/NAME in the name of a point or of a run."""
    return name.partition("@")[0].partition(".")[0]


@dataclass
class Known:
    """What a program did. `items`: name, state, verdict and reason of each; `slowest`: the largest
    share of its declared time that a point took. A program without items does not run with these
    sizes."""

    content: str
    seconds: float = 0.0
    slowest: float = 0.0
    items: List[List[Optional[str]]] = field(default_factory=list)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


class Learned:
    """The cached results of the programs in one kind of guest."""

    def __init__(self, key: str) -> None:
        self.path = cache.folder("learned", key + ".json")
        self.known: Dict[str, Known] = {}
        for name, one in self._read().items():
            self.known[name] = Known(**one)

    def _read(self) -> Json:
        try:
            with open(self.path, encoding="utf-8") as file:
                value = json.load(file)
            if value["format"] != FORMAT:
                return {}
            for one in value["programs"].values():
                Known(**one)
            return dict(value["programs"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def unknown(self, programs: Iterable[Program]) -> List[Program]:
        """The programs that must be tried: new or changed ones, and those with unstable
        results."""
        found = []
        for program in programs:
            known = self.known.get(program.full_name)
            if (known is None or known.content != content(program.path)
                    or any(item[1] not in _KEPT for item in known.items)):
                self.known.pop(program.full_name, None)
                found.append(program)
        return found

    def take(self, programs: Sequence[Program], results: Iterable[Json], whole: bool) -> None:
        """Adds the results of these programs. If the run was not `whole`, programs without a result
        stay unknown."""
        new = {program.full_name: Known(content(program.path)) for program in programs}
        own = {program.full_name: program.seconds for program in programs}
        done = set()
        for result in results:
            name = program_of(result["name"])
            if name not in new:
                continue
            known = new[name]
            if not result.get("rest"):
                done.add(name)
            known.seconds += _number(result.get("duration_ms")) / 1000
            for item in items_of(result):
                took = _number((item.point or {"diagnostics": {}})["diagnostics"].get(
                    "duration_ms"))
                known.slowest = max(known.slowest, took / 1000 / (own[name] or 1.0))
                known.items.append(_row(item))
        self.known.update((name, known) for name, known in new.items() if whole or name in done)
        self._save()

    def _save(self) -> None:
        with cache.locked(self.path):
            programs = self._read()
            programs.update((name, vars(known)) for name, known in self.known.items())
            write_whole(self.path, json.dumps({"format": FORMAT, "programs": programs}) + "\n")

    def of(self, names: Iterable[str]) -> List[Known]:
        """The cached results of these programs."""
        return [self.known[name] for name in names if name in self.known]

    def seconds(self, name: str) -> float:
        """The seconds that a program took."""
        return self.known[name].seconds if name in self.known else 0.0

    def runs(self, name: str) -> bool:
        """False for a program that is known not to run with these sizes."""
        return name not in self.known or bool(self.known[name].items)


def _row(item: Item) -> List[Optional[str]]:
    return [item.name, item.state, item.verdict, clean(item.reason or "", 300)]
