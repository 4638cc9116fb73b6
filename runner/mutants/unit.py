# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source file of the kernel as clang reads it with the flags that it is built with."""
from __future__ import annotations

import bisect
import os
import re
import shlex
from typing import Any, Iterator, List, Optional, Sequence, Tuple

from ..errors import Refused, why
from ..text import clean

try:
    from clang import cindex
except ImportError:
    cindex = None  # type: ignore[assignment]

# What of gcc's flags says how a source is to be read. The others are for the code that is made.
_TAKEN = ("-D", "-U", "-std=", "-nostdinc", "-fshort-wchar", "-funsigned-char", "-m64")
_PATHS = ("-include", "-isystem", "-I")
# A line of a function's body that the preprocessor reads.
_DIRECTIVE = re.compile(rb"^[ \t]*#", re.MULTILINE)


def flags(build: str, path: str) -> Tuple[str, List[str]]:
    """How clang is told to read a source of that build: its path, and the words. Raises Refused
    for what was not built."""
    folder, name = os.path.split(path)
    command = os.path.join(build, folder, f".{name[:-2]}.o.cmd")
    try:
        with open(command, encoding="utf-8", errors="surrogateescape") as file:
            line = file.readline()
    except OSError as error:
        raise Refused(f"the lab's kernel is built without {clean(path)} ({why(error)})") from None
    words = shlex.split(line.partition(":=")[2].partition(" ; ")[0])
    if len(words) < 2 or not words[-1].endswith(".c"):
        raise Refused(f"cannot read how {clean(path)} is built: {clean(command)}")
    taken: List[str] = []
    following = iter(words[1:-1])
    for word in following:
        option = next((one for one in _PATHS if word.startswith(one)), "")
        if option:
            # clang's -working-directory would change that of the whole process.
            taken += [option, os.path.join(build, word[len(option):] or next(following, ""))]
        elif word.startswith(_TAKEN):
            taken.append(word)
    return os.path.join(build, words[-1]), [*taken, "-Wno-everything"]


class Unit:
    """A source that was read. Places in it are bytes from its beginning.

    A cursor stands for a node of clang's tree. What comes out of a macro is nowhere in the text:
    range() has no place for it.
    """

    def __init__(self, build: str, path: str) -> None:
        if cindex is None:
            raise Refused("python3-clang is not installed: scripts/setup --lab installs it")
        self.path = path
        source, words = flags(build, path)
        try:
            with open(source, "rb") as file:
                self.text = file.read()
            self._read = cindex.Index.create().parse(
                source, words, options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        except OSError as error:
            raise Refused(f"cannot read {clean(source)}: {why(error)}") from None
        except (cindex.TranslationUnitLoadError, cindex.LibclangError) as error:
            raise Refused(f"clang cannot read {clean(source)}: {clean(str(error))}") from None
        for told in self._read.diagnostics:
            if told.severity >= cindex.Diagnostic.Error:
                raise Refused(f"clang cannot read {clean(source)}: line {told.location.line}: "
                              f"{clean(told.spelling)}")
        self._lines = [0] + [at + 1 for at, byte in enumerate(self.text) if byte == 10]
        self._macros = sorted((one.extent.start.offset, one.extent.end.offset)
                              for one in self._read.cursor.get_children()
                              if one.kind == cindex.CursorKind.MACRO_INSTANTIATION
                              and self._here(one))

    def _here(self, cursor: Any) -> bool:
        file = cursor.location.file
        return file is not None and file.name == self._read.spelling

    def functions(self) -> Iterator[Any]:
        """The functions that it defines, as cursors."""
        for cursor in self._read.cursor.get_children():
            if (cursor.kind == cindex.CursorKind.FUNCTION_DECL and cursor.is_definition()
                    and self._here(cursor)):
                yield cursor

    def range(self, cursor: Any) -> Optional[Tuple[int, int]]:
        """Where a node begins and ends; None for one that is not there as such: it is made by a
        macro, or begins or ends in one."""
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        file = cursor.extent.start.file
        if file is None or file.name != self._read.spelling or begin >= end:
            return None
        at = bisect.bisect_right(self._macros, (begin, len(self.text)))
        for first, last in self._macros[max(0, at - 8):]:
            if first >= end:
                break
            if first < begin < last or first < end < last:
                return None
        return begin, end

    def line(self, at: int) -> int:
        """The number of the line of a place."""
        return bisect.bisect_right(self._lines, at)

    def line_text(self, number: int) -> str:
        """A line, without what is blank around it."""
        end = self._lines[number] if number < len(self._lines) else len(self.text)
        return self.text[self._lines[number - 1]:end].decode("utf-8", "replace").strip()


def whole(text: bytes) -> bool:
    """Whether a piece has as many opening as closing brackets of each kind, and no line that the
    preprocessor reads."""
    return not _DIRECTIVE.search(text) and all(
        text.count(one) == text.count(other) for one, other in (
            (b"(", b")"), (b"[", b"]"), (b"{", b"}")))


def names(words: Sequence[str], files: Sequence[str], source: str) -> List[Tuple[str, str]]:
    """FILE, FILE:FUNCTION or FUNCTION -> file and function, empty for all of a file. A function
    alone is looked for in `files`. Raises Refused."""
    found: List[Tuple[str, str]] = []
    for word in words:
        path, _, name = word.partition(":")
        if path.endswith(".c"):
            if not os.path.isfile(os.path.join(source, path)):
                raise Refused(f"this kernel has no {clean(path)}")
            found.append((path, name))
            continue
        holds = [one for one in files if _defines(os.path.join(source, one), word)]
        if len(holds) != 1:
            told = " and ".join(holds) if holds else "none of the sources of huge pages"
            raise Refused(f"{clean(word)} is in {told}: name it FILE:FUNCTION")
        found.append((holds[0], word))
    return list(dict.fromkeys(found))


def _defines(path: str, name: str) -> bool:
    """Whether a line that begins a definition in the kernel's style has that name."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return False
    return re.search(rf"^(?:[a-z_][\w \t*]*[\s*])?{re.escape(name)}\([^;{{]*\)\s*\{{", text,
                     re.MULTILINE) is not None
