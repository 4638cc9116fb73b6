# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds the programs and asks each what it is."""
from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from .errors import Interrupted, Refused, why
from .run import MAX_KEPT, Ended, Signals, run_program
from .text import NAME, clean, decode

DESCRIBE_SECONDS = 5.0
# Where the programs of each kind are; the folder below is their area.
ROOMS = {"func": "tests/*", "race": "workloads/race", "load": "workloads/load"}
_NOT_PROGRAMS = (".c", ".h", ".o", ".lo", ".la", ".a", ".so", ".py", ".sh", ".log", ".trs", ".tmp")
# A second build of every program, as ./configure --enable-32bit makes it.
BUILDS = {None: "", 32: "32bit"}
_HUGETLB = re.compile(r"hugetlb:(\d{1,9})\Z")


# Which hugetlb sizes a program runs for: every one, the one that a PMD maps, those too
# large for the page allocator, none.
PAGE_SIZES = ("hugetlb", "pmd", "gigantic", "none")


@dataclass
class Program:
    """A program and what it says of itself; `broken` tells why that is no use.

    `bits` is set where it is not built for the machine's own word size.
    """

    path: str
    area: str
    name: str
    kind: str = "func"
    bits: Optional[int] = None
    summary: str = ""
    source: str = ""
    cases: Dict[str, str] = field(default_factory=dict)
    needs: List[str] = field(default_factory=list)
    page_sizes: str = "none"
    seconds: float = 0.0
    poisons: bool = False
    spoils: bool = False
    log_allows: List[str] = field(default_factory=list)
    params: List[Any] = field(default_factory=list)
    broken: Optional[str] = None

    @property
    def sized(self) -> bool:
        """True when it runs for a page size."""
        return self.page_sizes != "none"

    @property
    def full_name(self) -> str:
        """`area/name`."""
        return f"{self.area}/{self.name}"

    @property
    def pages(self) -> int:
        """Pages of the tested size that it needs."""
        return max((int(match.group(1)) for match in map(_HUGETLB.match, self.needs) if match),
                   default=0)


def programs_folder(asked: Optional[str]) -> str:
    """--programs, else $HUGEPROOF_PROGRAMS, else where run_tests.py stands."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = os.path.abspath(asked or os.environ.get("HUGEPROOF_PROGRAMS") or here)
    if not os.path.isdir(os.path.join(folder, "tests")):
        raise Refused(f"no programs in {clean(folder)}: it has no folder tests/ "
                      "(build them with make, or name their folder with --programs)")
    return folder


def _is_program(path: str, name: str) -> bool:
    return (not name.startswith(".") and not name.endswith(_NOT_PROGRAMS)
            and os.path.isfile(path) and os.access(path, os.X_OK))


def _in_area(folder: str, kind: str, bits: Optional[int]) -> Iterator[Program]:
    area = os.path.basename(folder)
    if not NAME.match(area):
        return
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if _is_program(path, name):
            yield Program(path, area, name, kind, bits)


def _in_room(room: str, kind: str, bits: Optional[int]) -> Iterator[Program]:
    top, star, _ = room.partition("/*")
    if not os.path.isdir(top):
        return
    areas = sorted(entry.path for entry in os.scandir(top) if entry.is_dir()) if star else [top]
    for area in areas:
        yield from _in_area(area, kind, bits)


def find(folder: str, kinds: Sequence[str] = ("func",), native: bool = False) -> List[Program]:
    """The programs of these kinds, not yet described, in the order of their names;
    `native` leaves out those of another word size than the machine's."""
    found: List[Program] = []
    for kind in kinds:
        room = os.path.join(folder, ROOMS[kind])
        try:
            for bits, build in BUILDS.items():
                if bits is None or not native:
                    found += _in_room(os.path.join(folder, build, ROOMS[kind]), kind, bits)
        except OSError as error:
            raise Refused(f"cannot look for programs in {clean(room)}: {why(error)}") from None
    if not found:
        which = "" if "func" in kinds else f" of kind {' or '.join(kinds)}"
        raise Refused(f"no programs{which} in {clean(folder)}: build them with make, or name their "
                      "folder with --programs")
    return sorted(found, key=lambda program: (program.area, program.name, program.bits or 0))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _wrong(text: Any, program: Program) -> Optional[str]:
    """What is wrong with a description; None when nothing is."""
    if not isinstance(text, dict):
        return "not a JSON object"
    if text.get("format") != 1:
        return "not of format 1"
    for key, word in (("name", program.name), ("area", program.area), ("kind", program.kind)):
        if text.get(key) != word:
            return f"{key} is {text.get(key)!r}, its place says {word!r}"
    if program.bits not in (None, text.get("bits")):
        return f"bits is {text.get('bits')!r}, its place says {program.bits}"
    cases = text.get("cases")
    if not isinstance(cases, list) or not cases:
        return "no cases"
    names = [case.get("name") if isinstance(case, dict) else None for case in cases]
    if not all(isinstance(name, str) and NAME.match(name) for name in names):
        return "a case without a name of a-z 0-9 _"
    if len(set(names)) != len(names):
        return "two cases of one name"
    seconds = text.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not (
            0 < seconds <= 86400):
        return "seconds is not a number between 0 and 86400"
    if not _texts(text.get("needs")) or not _texts(text.get("log_allows")):
        return "needs and log_allows must be lists of texts"
    if text.get("page_sizes") not in PAGE_SIZES:
        return f"page_sizes is none of {', '.join(PAGE_SIZES)}"
    return None


def _take(program: Program, text: Dict[str, Any]) -> None:
    program.summary = str(text.get("summary", ""))
    program.source = str(text.get("source", ""))
    program.cases = {case["name"]: str(case.get("summary", "")) for case in text["cases"]}
    program.needs, program.log_allows = text["needs"], text["log_allows"]
    program.page_sizes = text["page_sizes"]
    program.seconds = float(text["seconds"])
    program.poisons, program.spoils = bool(text.get("poisons")), bool(text.get("spoils"))
    params = text.get("params")
    program.params = params if isinstance(params, list) else []


def _identity(path: str) -> List[int]:
    """What changes when a program does."""
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]


def remember(programs: Sequence[Program], path: str, signals: Signals) -> None:
    """Asks programs what they are, and writes their answers to a file, for a runner
    that is to read them by $HUGEPROOF_DESCRIBED: asking is slow in a guest. What gives
    no answer is left out, and will be asked there. Raises OSError."""
    found = {}
    for program in programs:
        ended = run_program([program.path, "--describe"], DESCRIBE_SECONDS, signals)
        if ended.interrupted:
            raise Interrupted(signals.requested)
        if ended.exit == 0 and not ended.error and not ended.dropped:
            found[program.path] = {"identity": _identity(program.path),
                                   "said": decode(ended.out)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file)


@lru_cache(maxsize=None)
def _remembered(path: str) -> Dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@lru_cache(maxsize=None)
def kernel_may_say(path: str, name: str) -> Tuple[List[str], bool]:
    """What a run of that name allows the kernel to say, and whether it poisons memory, by
    remember()'s file: to ask the program would end all processes below us, guests too."""
    full = name.partition("#")[0].partition("@")[0]
    for known in _remembered(path).values():
        try:
            text = json.loads(known["said"])
            if f"{text['area']}/{text['name']}" == full:
                return list(text.get("log_allows") or []), bool(text.get("poisons"))
        except (KeyError, TypeError, ValueError):
            continue
    return [], False


def _ask(program: Program, signals: Signals) -> Ended:
    known = _remembered(os.environ.get("HUGEPROOF_DESCRIBED", "")).get(program.path)
    if known and known["identity"] == _identity(program.path):
        return Ended(exit=0, out=known["said"].encode())
    return run_program([program.path, "--describe"], DESCRIBE_SECONDS, signals)


def describe(program: Program, signals: Signals) -> None:
    """Asks the program what it is; fills it, or sets `broken`."""
    if not NAME.match(program.name):
        program.broken = "its name holds more than a-z 0-9 _"
        return
    ended = _ask(program, signals)
    if ended.interrupted:
        raise Interrupted(signals.requested)
    reason: Optional[str] = None
    if ended.error:
        reason = ended.error
    elif ended.timed_out:
        reason = f"did not answer within {DESCRIBE_SECONDS:g} s"
    elif ended.signal:
        reason = f"killed by {ended.signal}"
    elif ended.dropped:
        reason = f"more than {MAX_KEPT >> 20} MB of answer"
    elif ended.exit:
        reason = f"exit status {ended.exit}"
    else:
        try:
            text = json.loads(decode(ended.out))
        except (ValueError, RecursionError):
            reason = "not JSON"
        else:
            reason = _wrong(text, program)
            if reason is None:
                _take(program, text)
    if reason:
        program.broken = clean(f"--describe: {reason}")
