# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mutant: a semantic patch with a header."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Dict, List, Optional, Sequence, Set, Tuple

from .. import invoked
from ..errors import Refused, why
from ..lab.patch import Patch, parse_changes
from ..text import NAME, clean

NEEDED = ("Breaks", "Seen as", "Caught by", "Changes")
_FIELDS = (*NEEDED, "Noticed by", "History", "Guest", "Sizes", "Since", "Until")
# A line that is meant to be a field, whether there is one of that name or not.
_FIELD = re.compile(r"//\s*(?!SPDX-)([A-Za-z][\w -]*?)\s*:(?:\s+(.*))?\Z")
_VERSION = re.compile(r"([1-9]\d?)\.(\d{1,2})\Z")
WRONG_NAME = "a mutant's name is of a-z 0-9 _"
_MORE = re.compile(r"//   (\S.*)\Z")


@dataclass
class Mutant:
    """One fault. `caught_by`: names of programs."""

    path: str
    area: str
    name: str
    breaks: str = ""
    seen_as: str = ""
    caught_by: List[str] = field(default_factory=list)
    changes: Dict[str, int] = field(default_factory=dict)
    guest: List[str] = field(default_factory=list)
    sizes: str = ""
    noticed_by: str = ""  # the case that noticed it first, and how
    history: str = ""  # how it came to be noticed
    since: Tuple[int, int] = (0, 0)  # the first version that has the code
    until: Tuple[int, int] = (99, 99)  # the last one

    @property
    def full_name(self) -> str:
        """`area/name`."""
        return f"{self.area}/{self.name}"

    def is_of(self, version: Tuple[int, int]) -> bool:
        """True when a kernel of this version has the code."""
        return self.since <= version <= self.until

    @property
    def sources(self) -> Set[str]:
        """The folders below arch/ that it changes: only kernels of that architecture have it."""
        return {name.split("/")[1] for name in self.changes if name.startswith("arch/")}

    @property
    def patch(self) -> Patch:
        """Its change of the source."""
        return Patch(self.path, f"{self.area}-{self.name}", self.changes)


def _fields(path: str) -> Tuple[Dict[str, str], List[str]]:
    """The fields of a header, and what is wrong with its lines. Raises Refused."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = why(error) if isinstance(error, OSError) else "not UTF-8"
        raise Refused(f"cannot read {clean(path)}: {reason}") from None
    found: Dict[str, str] = {}
    wrong: List[str] = []
    last = ""
    for line in lines:
        if not line.startswith("//"):
            break
        more, match = _MORE.match(line), _FIELD.match(line)
        if more and last:
            found[last] += " " + more.group(1).strip()
        elif match:
            last = match.group(1)
            if last in found:
                wrong.append(f"{last} twice")
            elif last not in _FIELDS:
                wrong.append(f"unknown field {clean(last)}")
            found[last] = (match.group(2) or "").strip()
    return found, wrong


def examine(path: str, area: str, name: str) -> Tuple[Mutant, List[str]]:
    """The mutant in a file as far as its header can be understood, and all that is wrong with the
    header. Raises Refused when the file cannot be read."""
    fields, wrong = _fields(path)
    wrong += [f"its header has no line `// {key}: ...`" for key in NEEDED if not fields.get(key)]
    found = Mutant(path, area, name, fields.get("Breaks", ""), fields.get("Seen as", ""),
                   fields.get("Caught by", "").split(), guest=fields.get("Guest", "").split(),
                   sizes=fields.get("Sizes", ""), noticed_by=fields.get("Noticed by", ""),
                   history=fields.get("History", ""))
    try:
        if fields.get("Changes"):
            found.changes = parse_changes(fields["Changes"])
        found.since = _version("Since", fields, found.since)
        found.until = _version("Until", fields, found.until)
    except Refused as refused:
        wrong.append(str(refused))
    return found, wrong


def read(path: str, area: str, name: str) -> Mutant:
    """The mutant in a file. Raises Refused when its header is wrong."""
    found, wrong = examine(path, area, name)
    if wrong:
        raise Refused(f"{clean(path)}: {wrong[0]}")
    return found


def _version(key: str, fields: Dict[str, str], default: Tuple[int, int]) -> Tuple[int, int]:
    if key not in fields:
        return default
    match = _VERSION.match(fields[key])
    if not match:
        raise Refused(f"{key} is a version such as 6.13, not {clean(fields[key])}")
    return int(match.group(1)), int(match.group(2))


def folder(asked: Optional[str] = None) -> str:
    """The folder that was asked for, or mutants/ of this project. Raises Refused if it does not
    exist."""
    if asked:
        if not os.path.isdir(asked):
            raise Refused(f"no folder {clean(asked)}")
        return asked
    path = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__)))), "mutants")
    if not os.path.isdir(path):
        raise Refused(f"no mutants: {clean(path)} is not there")
    return path


def files(top: str) -> List[Mutant]:
    """Every mutant, by area and name, without what its header says."""
    found = []
    for area in sorted(os.listdir(top)):
        if NAME.match(area) and os.path.isdir(os.path.join(top, area)):
            found += [Mutant(os.path.join(top, area, file), area, file[:-len(".cocci")])
                      for file in sorted(os.listdir(os.path.join(top, area)))
                      if file.endswith(".cocci")]
    return found


def load(top: str) -> List[Mutant]:
    """Every mutant, by area and name. Raises Refused."""
    found = []
    for one in files(top):
        if not NAME.match(one.name):
            raise Refused(f"{clean(one.name)}.cocci: {WRONG_NAME}")
        found.append(read(one.path, one.area, one.name))
    return found


def select(mutants: Sequence[Mutant], words: Sequence[str]) -> List[Mutant]:
    """The mutants that the words name: by area, name, AREA/NAME or shell pattern. Raises Refused
    for a word that names none."""
    if not words:
        return list(mutants)
    chosen: List[Mutant] = []
    for word in words:
        named = [m for m in mutants if any(fnmatchcase(name, word)
                                           for name in (m.area, m.name, m.full_name))]
        if not named:
            raise Refused(f"no mutant is named {clean(word)} ("
                          f"{invoked.command('mutants --list')} shows the names)")
        chosen += [m for m in named if m not in chosen]
    return [m for m in mutants if m in chosen]
