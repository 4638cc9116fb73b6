# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads counters with gcov, the compiler's tool, which maps counters to lines."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, Dict, Iterable, List, Sequence

from ..endings import run_tool
from ..errors import Refused
from ..lab import cache
from ..text import clean, decode
from .counts import Counts, Function

GCOV_SECONDS = 300.0
# Who reads what a guest wrote: nobody.
_NOBODY = 65534


def parse(text: str, names: Iterable[str]) -> Dict[str, Counts]:
    """gcov's JSON, a document a line, as counts of the source files that end in these names.
    Raises ValueError."""
    wanted = list(names)
    found: Dict[str, Counts] = {}
    for document in filter(None, map(str.strip, text.splitlines())):
        for file in json.loads(document)["files"]:
            name = next((name for name in wanted
                         if ("/" + file["file"]).endswith("/" + name)), None)
            if name:
                found.setdefault(name, Counts()).add(_counts(file))
    return found


def _counts(file: Dict[str, Any]) -> Counts:
    """The counts of one file. A line can be in several functions; it has the branches of all of
    them in the order of the functions' names, which is the same in each run of a build."""
    counts = Counts()
    lines: List[Dict[str, Any]] = file["lines"]
    for line in sorted(lines, key=lambda line: str(line.get("function_name", ""))):
        number = int(line["line_number"])
        counts.lines[number] = counts.lines.get(number, 0) + int(line["count"])
        branches = [int(branch["count"]) for branch in line["branches"]]
        if branches:
            counts.branches.setdefault(number, []).extend(branches)
    for one in file["functions"]:
        counts.functions[one["name"]] = Function(
            int(one["start_line"]), int(one["end_line"]), int(one["execution_count"]))
    return counts


class Reader:
    """Reads counters of one build, repeatedly. Release with close()."""

    def __init__(self, build: str, files: Sequence[str]) -> None:
        self.tool = cache.need_tool("gcov", "it comes with gcc")
        self.files = list(files)
        self.path = cache.scratch()
        os.chmod(self.path, 0o755)
        self._places: Dict[str, str] = {}
        for name in self.files:
            stem = name[:-len(".c")]
            notes = os.path.join(build, stem + ".gcno")
            if not os.path.exists(notes):
                self.close()
                raise Refused(f"no {clean(notes)}: this kernel was built without counters "
                              "(lab build --coverage)")
            place = os.path.join(self.path, stem.replace("/", "-"))
            shutil.copy(notes, place + ".gcno")
            os.chmod(place + ".gcno", 0o644)
            self._places[stem + ".gcda"] = place + ".gcda"

    def read(self, counters: Dict[str, bytes]) -> Dict[str, Counts]:
        """The counts in files of counters, which are given by their names in the guest; those of
        other source files are skipped. Raises Refused."""
        given = []
        for name, data in counters.items():
            place = next((place for stem, place in self._places.items()
                          if ("/" + name).endswith("/" + stem)), None)
            if place:
                with open(place, "wb") as file:
                    file.write(data)
                os.chmod(place, 0o644)
                given.append(os.path.basename(place))
        if not given:
            return {}
        user: Dict[str, Any] = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} \
            if os.geteuid() == 0 else {}
        done = run_tool([self.tool, "--json-format", "--stdout", "--branch-probabilities",
                         *given], "gcov", GCOV_SECONDS, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, cwd=self.path, **user)
        for name in given:
            os.unlink(os.path.join(self.path, name))
        if done.returncode or b"mismatch" in done.stderr:
            raise Refused(f"gcov: {cache.last_line(done.stderr) or 'failed'}")
        try:
            return parse(decode(done.stdout), self.files)
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"gcov says what cannot be read: {clean(str(error))}") from None

    def close(self) -> None:
        """Removes its copies."""
        shutil.rmtree(self.path, ignore_errors=True)
