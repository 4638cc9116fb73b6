# SPDX-License-Identifier: LGPL-2.1-or-later
"""The capabilities that a kernel is to have, and the options that each of them needs, by version
(scripts/lab.config)."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from ..errors import Refused
from ..text import clean
from .kconfig import Kconfig

Version = Tuple[int, int]
_LINE = re.compile(r"(?:CONFIG_(\w+)=(.*)|# CONFIG_(\w+) is not set)\Z")
_HEAD = re.compile(r"## ([a-z0-9-]+): (\S.*)\Z")
_RANGE = re.compile(r"\s+#(?: since (\d+)\.(\d+))?(?: until (\d+)\.(\d+))?(?: on (\w+))?\Z")
Values = Dict[str, str]


@dataclass(frozen=True)
class Option:
    """An option, its value (`n` for not set), and the versions and the one architecture that take
    it."""

    name: str
    value: str
    since: Optional[Version] = None
    until: Optional[Version] = None
    arch: Optional[str] = None

    def of(self, version: Version, arch: str) -> bool:
        """True where that version for that architecture takes it."""
        return self.arch in (None, arch) and (self.since is None or self.since <= version) and (
            self.until is None or version <= self.until)

    def __str__(self) -> str:
        spans = (("since", self.since), ("until", self.until))
        words = [f"{word} {when[0]}.{when[1]}" for word, when in spans if when]
        return f"CONFIG_{self.name}" + (f" ({' '.join(words)})" if words else "")


@dataclass
class Capability:
    """What a group of options is for."""

    name: str
    about: str
    options: List[Option] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.name} ({self.about})" if self.about else self.name


def _version(match: "Optional[re.Match[str]]", first: int) -> Optional[Version]:
    return (int(match.group(first)), int(match.group(first + 1))) \
        if match and match.group(first) else None


def read(text: str, path: str = "the configuration") -> List[Capability]:
    """The capabilities in a configuration fragment; an option above the first capability is one of
    its own."""
    found: List[Capability] = []
    current: Optional[Capability] = None
    for number, line in enumerate(text.splitlines(), 1):
        span = _RANGE.search(line)
        bare = (line[:span.start()] if span and span.group().strip() != "#" else line).strip()
        head, option = _HEAD.match(bare), _LINE.match(bare)
        if option:
            made = Option(option.group(1) or option.group(3), option.group(2) or "n",
                          _version(span, 1), _version(span, 3),
                          span.group(5) if span else None)
            if current is None:
                found.append(Capability(made.name, "", [made]))
            else:
                current.options.append(made)
        elif head:
            current = Capability(head.group(1), head.group(2))
            found.append(current)
        elif bare and not bare.startswith("#"):
            raise Refused(f"{clean(path)}: line {number} is no configuration line: {clean(line)}")
    return found


def values_of(text: str, path: str = "the configuration") -> Values:
    """The options in the lines of a configuration, with their values."""
    return {option.name: option.value for each in read(text, path) for option in each.options}


class Wanted:
    """The capabilities that a kernel of this version for this architecture is asked for."""

    def __init__(self, capabilities: List[Capability], version: Version, arch: str) -> None:
        self._version, self._arch = version, arch
        # Of those that take nothing but options of another architecture nothing is reported.
        self._capabilities = [each for each in capabilities if not each.options or any(
            option.arch in (None, arch) for option in each.options)]
        self.values: Values = {option.name: option.value for each in capabilities
                               for option in each.options if option.of(version, arch)}

    def lines(self) -> str:
        """The lines of the configuration; they do not depend on the fragment's comments."""
        return "".join(f"CONFIG_{name}={value}\n" if value != "n" else
                       f"# CONFIG_{name} is not set\n"
                       for name, value in sorted(self.values.items()))

    def unmet(self, got: Values) -> List[str]:
        """The options that do not have the value that is wanted."""
        return [name for name, value in self.values.items() if got.get(name, "n") != value]

    def absent(self, known: Kconfig) -> List[str]:
        """A sentence for each option that this source lacks, or has under a name that is not known
        here."""
        found: List[str] = []
        for each in self._capabilities:
            asked = [option for option in each.options if option.value != "n"
                     and option.arch in (None, self._arch)]
            ours = [option for option in asked if option.of(self._version, self._arch)]
            unknown = [option for option in ours if not known.knows(option.name)]
            if asked and len(unknown) == len(ours):
                found.append(f"this kernel does not have the capability {each}: no "
                             + ", no ".join(map(str, unknown or asked)))
            elif unknown:
                found.append(f"this kernel has the capability {each} in part: no "
                             + ", no ".join(map(str, unknown)))
        return found

    def missing(self, known: Kconfig, got: Values) -> List[str]:
        """A text for each capability that this kernel could have and does not, with the reason."""
        unmet, found = set(self.unmet(got)), []
        for each in self._capabilities:
            whys = [_reason(option, known, got) for option in each.options
                    if option.of(self._version, self._arch) and option.name in unmet
                    and known.knows(option.name)]
            if whys:
                found.append(f"{each}: " + ", ".join(whys))
        return found


def _reason(option: Option, known: Kconfig, got: Values) -> str:
    conditions = known.unmet(option.name, got)
    if conditions:
        return (f"CONFIG_{option.name} depends on {' and on '.join(conditions)}, which does not "
                "hold here")
    return (f"CONFIG_{option.name} is {got.get(option.name, 'n')} where {option.value} is wanted")
