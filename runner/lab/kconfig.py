# SPDX-License-Identifier: LGPL-2.1-or-later
"""The options in the Kconfig files of a kernel's source, and the dependencies of each. make
configures the kernel; this module explains why an option did not get the value that is wanted."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Mapping

# Folders whose Kconfig files do not apply to a kernel.
_ELSEWHERE = (".git", "Documentation", "tools", "scripts", "samples")
_DEFINES = re.compile(r"(?:menu)?config (\w+)\Z")
_TYPE = re.compile(r"(?:bool|tristate|int|hex|string|prompt)\s+\"")
_TOKEN = re.compile(r'\$\([^()]*\)|"[^"]*"|\w+|&&|\|\||[!<>]=|[!=()<>]')
Values = Mapping[str, str]


@dataclass
class Definition:
    """One definition of an option, with the conditions that must hold for it."""

    conditions: List[str] = field(default_factory=list)
    prompt: bool = False


class _Expression:
    """A condition of Kconfig, which is true or false: `y` and `m` are both true here."""

    def __init__(self, text: str, values: Values) -> None:
        self._tokens, self._values = _TOKEN.findall(text), values
        # Options that are not set and would have to be, except those behind a `!`.
        self.lacking: List[str] = []

    def holds(self) -> bool:
        """Its value. An expression that cannot be parsed counts as true, because make decides."""
        try:
            return self._either()
        except IndexError:
            return True

    def _either(self) -> bool:
        found = self._both()
        while self._tokens[:1] == ["||"]:
            self._tokens.pop(0)
            other = self._both()
            found = found or other
        return found

    def _both(self) -> bool:
        found = self._single()
        while self._tokens[:1] == ["&&"]:
            self._tokens.pop(0)
            other = self._single()
            found = found and other
        return found

    def _single(self) -> bool:
        token = self._tokens.pop(0)
        if token == "!":
            before = len(self.lacking)
            found = self._single()
            del self.lacking[before:]
            return not found
        if token == "(":
            found = self._either()
            self._tokens.pop(0)
            return found
        if token.startswith("$("):
            return True
        if self._tokens[:1] and self._tokens[0] in ("=", "!=", "<", ">", "<=", ">="):
            how, other = self._tokens.pop(0), self._tokens.pop(0)
            return how not in ("=", "!=") or (
                (self._value(token) == self._value(other)) == (how == "="))
        found = self._value(token) in ("y", "m")
        if not found and token not in ("n", "y", "m"):
            self.lacking.append(token)
        return found

    def _value(self, token: str) -> str:
        if token in ("y", "n", "m") or token.startswith('"'):
            return token.strip('"')
        return self._values.get(token, "n").strip('"')


class Kconfig:
    """The options of a source tree that a kernel of that architecture (the folder in arch/) can
    have."""

    def __init__(self, top: str, arch: str) -> None:
        self._found: Dict[str, List[Definition]] = {}
        for at, folders, files in os.walk(top):
            inside = os.path.relpath(at, top)
            folders[:] = [name for name in folders if name not in _ELSEWHERE
                          and (inside != "arch" or name == arch)]
            for name in files:
                if name.startswith("Kconfig"):
                    with open(os.path.join(at, name), encoding="utf-8",
                              errors="replace") as file:
                        self._read(_lines(file.read()))

    def knows(self, name: str) -> bool:
        """True for an option that is defined."""
        return name in self._found

    def _read(self, lines: Iterator[str]) -> None:
        # The conditions of the enclosing blocks, and the current definition or block.
        blocks: List[Definition] = []
        current = Definition()
        for line in lines:
            word, _, rest = line.partition(" ")
            match = _DEFINES.match(line)
            if match:
                current = Definition([text for block in blocks for text in block.conditions])
                self._found.setdefault(match.group(1), []).append(current)
            elif word in ("if", "menu", "choice"):
                current = Definition([rest] if word == "if" else [])
                blocks.append(current)
            elif word in ("endif", "endmenu", "endchoice"):
                current = blocks.pop() if blocks else current
            elif line.startswith("depends on "):
                current.conditions.append(line[len("depends on "):])
            elif _TYPE.match(line):
                current.prompt = True

    def unmet(self, name: str, values: Values) -> List[str]:
        """The conditions of an option that do not hold, in the definition with the fewest of
        them."""
        return min(([text for text in found.conditions
                     if not _Expression(text, values).holds()]
                    for found in self._found.get(name, [])), key=len, default=[])

    def lacking(self, name: str, values: Values) -> List[str]:
        """The options that have to be set for this one to be possible."""
        found: List[str] = []
        for text in self.unmet(name, values):
            expression = _Expression(text, values)
            expression.holds()
            found += [other for other in expression.lacking if other not in found
                      and any(each.prompt for each in self._found.get(other, []))]
        return found


def _lines(text: str) -> Iterator[str]:
    """The statements of a Kconfig file, without comments and help."""
    helped = -1
    for line in text.replace("\\\n", " ").expandtabs(8).splitlines():
        plain = line.split("#")[0].strip() if '"' not in line else line.strip()
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            continue
        if helped == 0:
            # The first line of a help text determines its indentation.
            helped = indent or -1
            if helped > 0:
                continue
        if 0 < helped <= indent:
            continue
        helped = -1
        if plain in ("help", "---help---"):
            helped = 0
        elif plain:
            yield re.sub(r"\s+", " ", plain)
