# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run in the format of libhugetlbfs's tests: `name (2M: 64):<TAB>PASS`, and their summary."""
from __future__ import annotations

import os
import struct
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from ..text import clean, size_kb, size_name
from .tally import Item, items, items_of, items_of_run

Json = Dict[str, Any]
_WORDS = {"passed": "PASS", "skipped": "SKIPPED", "disturbed": "SKIPPED", "known": "XFAIL"}
# The rows of the summary, and the words that each counts. Readers expect all of them; a reader
# that looks for failures looks at FAIL alone, so that a crash counts there as well.
_ROWS = (("Total testcases", ("PASS", "SKIPPED", "FAIL", "XFAIL")), ("Skipped", ("SKIPPED",)),
         ("PASS", ("PASS",)), ("FAIL", ("FAIL",)), ("Killed by signal", ()),
         ("Bad configuration", ()), ("Expected FAIL", ("XFAIL",)), ("Unexpected PASS", ()),
         ("Test not present", ()), ("Strange test result", ()))
BASE = size_name(os.sysconf("SC_PAGESIZE") // 1024)


def _of(result: Json) -> Tuple[str, int]:
    """The page size of a result and the bits of its program; without a page size that of base
    pages is shown."""
    once = str(result.get("name")).partition("#")[0]
    bits = 32 if once.endswith("32bit") else struct.calcsize("P") * 8
    return clean(str(result.get("page_size") or BASE)), bits


def _word(item: Item) -> str:
    return _WORDS.get(item.state, "FAIL")


def _line(item: Item) -> str:
    size, bits = _of(item.result)
    name = clean(item.name.rpartition("@")[0] or item.name, 2000)
    text = f"{name} ({size}: {bits}):\t{_word(item)}"
    if item.verdict != "pass":
        text += f"\t{clean(item.reason or item.verdict, 500)}"
    return text + "\n"


def lines(result: Json) -> str:
    """The lines of one run of a program."""
    return "".join(map(_line, items_of(result)))


def _sizes(run: Json, found: Iterable[str]) -> List[str]:
    """Huge page sizes first, from the smallest on, as readers expect them."""
    sizes = dict.fromkeys([*(clean(size) for size in run.get("page_sizes") or []), *found])
    return sorted(sizes, key=lambda size: (size == BASE, size_kb(size) or 0, size)) or [BASE]


def _summary(run: Json, results: Iterable[Json]) -> str:
    """The summary, which has two columns for each page size: 32 and 64 bits."""
    counts: Dict[Tuple[str, int], Dict[str, int]] = {}
    for item in items(run, results):
        words = counts.setdefault(_of(item.result), {})
        words[_word(item)] = words.get(_word(item), 0) + 1
    sizes = _sizes(run, (size for size, _ in counts))
    shown = ["********** TEST SUMMARY", f"*{'':21}" + "".join(f" {size:<14}" for size in sizes),
             f"*{'':21}" + " 32-bit 64-bit" * len(sizes)]
    for row, words_of in _ROWS:
        numbers = [sum(counts.get((size, bits), {}).get(word, 0) for word in words_of)
                   for size in sizes for bits in (32, 64)]
        shown.append(f"*{row:>20}:" + "".join(f" {number:>6}" for number in numbers))
    return "".join(line.rstrip() + "\n" for line in [*shown, "**********"])


def end(run: Json, results: Iterable[Json]) -> str:
    """What follows the lines of the results: the items about the run itself, and the summary of the
    whole run, which may have been begun earlier."""
    return "".join(map(_line, items_of_run(run))) + _summary(run, results)


def whole(run: Json, results: Iterable[Json]) -> Iterator[str]:
    """The whole run."""
    for result in results:
        yield lines(result)
    yield end(run, results)
