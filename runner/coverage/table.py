# SPDX-License-Identifier: LGPL-2.1-or-later
"""Coverage as tables and lists in text form."""
from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

from .apart import Apart
from .counts import Counts, ranges
from .data import Coverage

WHAT = ("lines", "branches", "functions")


def _share(hit: int, of: int) -> str:
    return f"{hit}/{of} ({100 * hit // of}%)" if of else "-"


def table(files: Dict[str, Counts], apart: Apart) -> List[str]:
    """One row for each file; functions out of reach are counted only in the last column."""
    rows = [["file", *WHAT, "functions apart"]]
    sums = {what: [0, 0] for what in WHAT}
    number = 0
    for path in sorted(files):
        out = [name for name in apart.get(path, {}) if name in files[path].functions]
        summary = files[path].without(out).summary()
        for what in WHAT:
            sums[what][0] += summary[what][0]
            sums[what][1] += summary[what][1]
        number += len(out)
        rows.append([path, *(_share(*summary[what]) for what in WHAT), str(len(out))])
    rows.append(["all", *(_share(*sums[what]) for what in WHAT), str(number)])
    return _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> List[str]:
    """Aligns columns, as a table that is Markdown as well."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["| " + " | ".join(word.ljust(width) for word, width in zip(row, widths)) + " |"
             for row in rows]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def unreached(files: Dict[str, Counts], apart: Apart) -> List[str]:
    """The functions that were not entered, in one line for each file; those out of reach with the
    reason."""
    lines: List[str] = []
    for path in sorted(files):
        names = files[path].unreached()
        out = apart.get(path, {})
        open_names = [name for name in names if name not in out]
        if open_names:
            lines.append(f"{path}: " + ", ".join(open_names))
        by_reason: Dict[str, List[str]] = {}
        for name in names:
            if name in out:
                by_reason.setdefault(out[name], []).append(name)
        lines += [f"{path}, apart ({reason}): " + ", ".join(of)
                  for reason, of in by_reason.items()]
    return lines


def differences(old: Coverage, new: Coverage) -> List[Dict[str, Any]]:
    """What one run reached and the other did not, by file and function."""
    found: List[Dict[str, Any]] = []
    for path in sorted({*old.files, *new.files}):
        before, after = old.files.get(path, Counts()), new.files.get(path, Counts())
        for word, lost, kept in (("lost", before, after), ("gained", after, before)):
            gone = lost.hit() - kept.hit()
            names = sorted(name for name, function in lost.functions.items() if function.count
                           and not kept.functions.get(name, function).count)
            for name, inside in _by_function(gone, lost):
                found.append({"kind": word, "file": path, "lines": ranges(inside),
                              "function": name, "whole": name in names})
    return found


def difference_line(one: Dict[str, Any]) -> str:
    """A difference for people."""
    whole = ", the whole function" if one["whole"] else ""
    return f"{one['kind']} {one['file']}:{one['lines']} {one['function']}{whole}"


def _by_function(lines: "set[int]", counts: Counts) -> List[Tuple[str, List[int]]]:
    found: Dict[str, List[int]] = {}
    for line in sorted(lines):
        name = next((name for name, function in counts.functions.items()
                     if function.line <= line <= function.end), "(no function)")
        found.setdefault(name, []).append(line)
    return list(found.items())
