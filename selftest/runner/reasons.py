# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether words that a known issue looks for in a reason stand in the sources that print it."""
from __future__ import annotations

import fnmatch
import glob
import os
import re
from typing import Dict, Iterator, List, Sequence

# A shorter run of characters is found by chance.
SHORTEST = 12
# Of what a format fills in, so many characters must be left that it does not.
_LEFT = 8
# Between what stands in the sources in one piece: a check prints `CHECK: expected THIS, got THAT;
# NOTE (STEP, STEP)`.
_FRAME = re.compile(r":? ?\b(?:expected|got)\b ?|[;:] | \(|\)\Z")
_ENDS = " ,;:("
# A piece of a regular expression: an escaped class or character, a set, the beginning of a group,
# a number of times, or one character.
_TOKEN = re.compile(r"\\.|\[(?:\\.|[^]])*\]|\(\?(?:[a-z]+:|[:=!])|\{\d*,?\d*\}|.", re.DOTALL)
_JOINT = re.compile(r'"\s*(?:PRI[a-zA-Z0-9]+\s*)?"')
# What a format fills in, in C and in Python.
_DIRECTIVE = r"(?:(?:SIG)?%[-#+ 0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z|j)?[a-zA-Z]|\{[^{}]+\})"


def _runs(pattern: str) -> Iterator[str]:
    """The runs of characters that a regular expression asks for as they are."""
    run = ""
    for token in _TOKEN.findall(pattern):
        if token in "?*" or token[0] == "{":
            yield run[:-1]
            run = ""
        elif token[0] == "\\" and not token[1].isalnum():
            run += token[1]
        elif token[0] in "\\[(" or token in ").|^$+":
            yield run
            run = ""
        else:
            run += token
    yield run


def pieces(pattern: str) -> List[str]:
    """What of these runs stands in the sources in one piece, and is long enough."""
    found = (piece.strip(_ENDS) for run in _runs(pattern) for piece in _FRAME.split(run))
    return [piece for piece in found if len(piece) >= SHORTEST]


def _forms(piece: str) -> Iterator["re.Pattern[str]"]:
    """How the sources may say it: a check of `a == b` as (a, b), numbers and one word as
    directives of a format."""
    words = re.findall(r" == | ==\Z|\d+|\w+|\W", piece)
    usual = ["(?: == |, )" if word == " == " else "(?: ==|,)" if word == " ==" else
             f"(?:{word}|{_DIRECTIVE})" if word.isdigit() else re.escape(word) for word in words]
    yield re.compile("".join(usual))
    for at, word in enumerate(words):
        if word[0].isalpha() and len(piece) - len(word) >= _LEFT:
            yield re.compile("".join([*usual[:at], _DIRECTIVE, *usual[at + 1:]]))


def _text(path: str) -> str:
    """A source with strings that follow each other joined, and blanks as a check prints them."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"\\\n", " ", file.read())
    return re.sub(r"\s+", " ", _JOINT.sub("", text)).replace('\\"', '"')


class Sources:
    """The sources of the runner, the library and the programs."""

    def __init__(self, top: str) -> None:
        self._top, self._texts = top, {}  # type: str, Dict[str, str]
        self._common = self._found("lib/**/*.[ch]") + self._found("runner/**/*.py")

    def _found(self, pattern: str) -> List[str]:
        return sorted(glob.glob(os.path.join(self._top, pattern), recursive=True))

    def _of(self, points: Sequence[str]) -> List[str]:
        """Those of the programs that are named by patterns of points."""
        names = {re.split("[.@]", point)[0] for point in points}
        return [path for path in self._found("tests/*/*.c") if any(
            fnmatch.fnmatchcase(os.path.relpath(path, os.path.join(self._top, "tests"))[:-2], name)
            for name in names)]

    def have(self, piece: str, points: Sequence[str]) -> bool:
        """True if one of these points can print that."""
        forms = list(_forms(piece))
        for path in [*self._common, *self._of(points)]:
            if path not in self._texts:
                self._texts[path] = _text(path)
            if any(form.search(self._texts[path]) for form in forms):
                return True
        return False
