# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds the programs, and asks each for its description."""
from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from .description import invalid
from .diagnostics import tame
from .errors import Interrupted, Refused, why
from .foreign import native, unfit
from .output import say
from .reading import parse
from .run import Ended, Signals, run_program
from .schema import checker
from .streams import MAX_KEPT
from .text import MAX_NAME, NAME, clean, decode, first_line

DESCRIBE_SECONDS = 5.0
MAX_REMEMBERED = 64 << 20
# The folders of the programs of each kind; the subfolders are the areas.
ROOMS = {"func": "tests/*", "race": "workloads/race", "load": "workloads/load"}
_NOT_PROGRAMS = (".c", ".h", ".o", ".lo", ".la", ".a", ".so", ".py", ".sh", ".log", ".trs", ".tmp")
# The second build of every program, which ./configure --enable-32bit adds.
BUILDS = {None: "", 32: "32bit"}
_HUGETLB = re.compile(r"hugetlb:(\d{1,9})\Z")


@dataclass
class Program:
    """A program and its description. `broken`: why the description is unusable; `unfit`: why this
    kernel cannot run the program.

    `bits` is set if it is not built for the machine's own word size.
    """

    path: str
    area: str
    name: str
    kind: str = "func"
    bits: Optional[int] = None
    summary: str = ""
    source: str = ""
    sources: List[Dict[str, str]] = field(default_factory=list)
    cases: Dict[str, str] = field(default_factory=dict)
    needs: List[str] = field(default_factory=list)
    # Declared tags; runner/tags.py adds those that follow from the rest.
    tags: List[str] = field(default_factory=list)
    case_tags: Dict[str, List[str]] = field(default_factory=dict)
    page_sizes: str = "none"
    seconds: float = 0.0
    poisons: bool = False
    spoils: bool = False
    log_allows: List[str] = field(default_factory=list)
    params: List[Any] = field(default_factory=list)
    broken: Optional[str] = None
    unfit: Optional[str] = None

    @property
    def sized(self) -> bool:
        """True when it runs with a page size."""
        return self.page_sizes != "none"

    @property
    def full_name(self) -> str:
        """`area/name`."""
        return f"{self.area}/{self.name}"

    @property
    def pages(self) -> int:
        """The number of pages of the tested size that it needs."""
        return max((int(match.group(1)) for match in map(_HUGETLB.match, self.needs) if match),
                   default=0)


def programs_folder(asked: Optional[str]) -> str:
    """--programs, else $HUGEPROOF_PROGRAMS, else where the suite stands."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = os.path.abspath(asked or os.environ.get("HUGEPROOF_PROGRAMS") or here)
    if not os.path.isdir(os.path.join(folder, "tests")):
        raise Refused(f"no programs in {clean(folder)}: it has no folder tests/ "
                      "(build them with make, or name their folder with --programs)")
    return folder


def _is_program(path: str, name: str) -> bool:
    return (not name.startswith(".") and not name.endswith(_NOT_PROGRAMS)
            and os.path.isfile(path) and os.access(path, os.X_OK))


def _shown(name: str) -> str:
    """The name of a file in records and reports. An invalid name is escaped, so that it cannot end
    a line or be taken for another name."""
    return "".join(c if "!" <= c <= "~" and c not in "#@\\" else
                   c.encode("unicode_escape").decode() if not c.isascii() else f"\\x{ord(c):02x}"
                   for c in name)


def _in_area(folder: str, kind: str, bits: Optional[int]) -> Iterator[Program]:
    area = os.path.basename(folder)
    if not NAME.match(area):
        return
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if _is_program(path, name):
            yield Program(path, area, _shown(name), kind, bits)


def _in_room(room: str, kind: str, bits: Optional[int]) -> Iterator[Program]:
    top, star, _ = room.partition("/*")
    if not os.path.isdir(top):
        return
    areas = sorted(entry.path for entry in os.scandir(top) if entry.is_dir()) if star else [top]
    for area in areas:
        yield from _in_area(area, kind, bits)


def find(folder: str, kinds: Sequence[str] = ("func",), native: bool = False) -> List[Program]:
    """The programs of these kinds in the order of their names, without descriptions. `native`
    leaves out those with another word size than the machine's."""
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


def _take(program: Program, text: Dict[str, Any]) -> None:
    program.summary = str(text.get("summary", ""))
    program.source, program.sources = str(text.get("source", "")), text.get("sources", [])
    program.cases = {case["name"]: str(case.get("summary", "")) for case in text["cases"]}
    program.tags = text.get("tags", [])
    program.case_tags = {case["name"]: case["tags"] for case in text["cases"] if case.get("tags")}
    program.needs, program.log_allows = text["needs"], text["log_allows"]
    program.page_sizes = text["page_sizes"]
    program.seconds = float(text["seconds"])
    program.poisons, program.spoils = bool(text.get("poisons")), bool(text.get("spoils"))
    params = text.get("params")
    program.params = params if isinstance(params, list) else []


def _identity(path: str) -> List[int]:
    """Attributes of the file that change when the program is built again."""
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]


def _answer(program: Program, limit_s: float, signals: Signals, before: Sequence[str]) -> Ended:
    ended = run_program([*before, program.path, "--describe"], limit_s, signals)
    if lines := ended.changed.lines():
        say(f"runner attributes changed during {clean(program.full_name)} --describe by an unknown "
            f"process: {', '.join(lines)}")
    return ended


def remember(programs: Sequence[Program], path: str, signals: Signals,
             time_scale: float = 1.0, before: Sequence[str] = ()) -> int:
    """Asks programs for their descriptions and writes them to a file, which another runner reads
    by $HUGEPROOF_DESCRIBED, because asking is slow in a guest. Programs that do not answer are
    left out, and asked there. `before` runs those of another architecture here. Returns how many
    answered. Raises OSError."""
    found = {}
    for program in programs:
        limit_s = DESCRIBE_SECONDS * time_scale
        ended = _answer(program, limit_s, signals, before)
        if ended.interrupted:
            raise Interrupted(signals.requested)
        if ended.exit == 0 and not ended.error and not ended.dropped:
            found[program.path] = {"identity": _identity(program.path),
                                   "said": decode(ended.out)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file)
    return len(found)


@lru_cache(maxsize=None)
def _remembered(path: str) -> Dict[str, Any]:
    """The content of remember()'s file; empty if it is damaged, so that programs are asked."""
    try:
        with open(path, "rb") as file:
            found = parse(file.read(MAX_REMEMBERED))
    except (OSError, ValueError):
        return {}
    return {} if checker("described")(found) else dict(found)


@lru_cache(maxsize=None)
def remembered(path: str, name: str) -> Optional[Program]:
    """The program of a run, by its description in remember()'s file; None without one."""
    full = name.partition("#")[0].partition("@")[0]
    for where, known in _remembered(path).items():
        area, _, own = full.partition("/")
        try:
            text = json.loads(known["said"])
            program = Program(where, area, own, str(text.get("kind", "func")))
            if f"{text['area']}/{text['name']}" == full and invalid(text, program) is None:
                _take(program, text)
                return program
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
    return None


def described_programs(path: str) -> List[Program]:
    """The programs in remember()'s file, with no more of each than find() has."""
    builds = {build: bits for bits, build in BUILDS.items() if build}
    found = []
    for where, known in _remembered(path).items():
        try:
            text = json.loads(known["said"])
            found.append(Program(where, str(text["area"]), str(text["name"]),
                                 bits=builds.get(where.split("/")[-4])))
        except (IndexError, KeyError, TypeError, ValueError):
            continue
    return found


@lru_cache(maxsize=None)
def kernel_may_say(path: str, name: str) -> Tuple[List[str], bool]:
    """The complaints that the program of a run allows, and whether it poisons memory, by
    remember()'s file. Asking the program would end all children of the runner, guests too."""
    full = name.partition("#")[0].partition("@")[0]
    for known in _remembered(path).values():
        try:
            text = parse(known["said"].encode("utf-8", "backslashreplace"))
        except ValueError:
            continue
        if not checker("describe")(text) and f"{text['area']}/{text['name']}" == full:
            return list(text["log_allows"]), bool(text.get("poisons"))
    return [], False


def _ask(program: Program, signals: Signals, time_scale: float, before: Sequence[str]) -> Ended:
    known = _remembered(os.environ.get("HUGEPROOF_DESCRIBED", "")).get(program.path)
    if known and known["identity"] == _identity(program.path):
        return Ended(exit=0, out=known["said"].encode("utf-8", "backslashreplace"))
    limit_s = DESCRIBE_SECONDS * time_scale
    return _answer(program, limit_s, signals, before)


def describe(program: Program, signals: Signals, time_scale: float = 1.0,
             before: Sequence[str] = ()) -> None:
    """Asks the program for its description and stores it, or sets `broken`, also when there is no
    answer within DESCRIBE_SECONDS times the scale. `before`: as for remember()."""
    if not NAME.match(program.name) or len(program.name) > MAX_NAME:
        program.broken = f"its name is not of at most {MAX_NAME} characters a-z 0-9 _"
        return
    ended = _ask(program, signals, time_scale, before)
    if ended.interrupted:
        raise Interrupted(signals.requested)
    reason: Optional[str] = None
    if program.bits and (refusal := unfit(program.path, ended.error)):
        path, bits = program.path, program.bits
        program.path, program.bits = native(path, BUILDS[bits]), None
        describe(program, signals, time_scale)
        program.path, program.bits, program.unfit = path, bits, refusal
    elif ended.error:
        reason = ended.error
    elif ended.timed_out:
        reason = f"did not answer within {DESCRIBE_SECONDS * time_scale:g} s"
    elif ended.signal:
        reason = f"killed by {ended.signal}"
    elif ended.dropped:
        reason = f"more than {MAX_KEPT >> 20} MB of answer"
    elif ended.exit:
        reason = f"exit status {ended.exit}{first_line(ended.err)}"
    else:
        try:
            text = tame(parse(ended.out))
        except ValueError as error:
            reason = str(error)
        else:
            reason = invalid(text, program)
            if reason is None:
                _take(program, text)
    if reason:
        program.broken = clean(f"--describe: {reason}")
