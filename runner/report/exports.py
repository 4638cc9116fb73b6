# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs in the formats of other tools: printed, or written into the folder of the run."""
from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence

from ..endings import run_tool
from ..errors import Refused, why
from ..output import say
from ..record import write_whole
from ..request import JSON, Exports
from ..result_line import as_json
from ..text import clean, count
from . import brief, junit, kcidb, ktap, lava, libhugetlbfs, squad, tap, tmt, where
from .run_page import page
from .tally import tally

Json = Dict[str, Any]
# A test definition of tmt reads its results from there.
TMT_DATA = "TMT_TEST_DATA"
# The longest that one call of lava-test-case may take, in seconds.
LAVA_SECONDS = 60.0


# The packages that not every machine has.
_NEEDS = {"junit": ("JUnit", "junitparser"), "tmt": ("tmt", "yaml"), "html": ("HTML", "jinja2")}


@dataclass(frozen=True)
class Record:
    """A run with its results, which are read several times, and its folder."""

    run: Json
    results: Sequence[Json]
    folder: str
    exports: Exports = Exports()


def _tap(record: Record) -> Iterator[str]:
    return tap.whole(record.run, record.results, tally(record.run, record.results).total)


def _kcidb(record: Record) -> Iterator[str]:
    asked = record.exports
    files = kcidb.address(record.folder) if asked.files_url is None else asked.files_url
    return kcidb.whole(record.run, record.results, asked.origin, files)


def _brief(record: Record) -> Iterator[str]:
    yield as_json(brief.as_json(record.run, record.results, False), 1) + "\n"


def _plain(writer: Callable[[Json, Sequence[Json]], Iterator[str]]
           ) -> Callable[[Record], Iterator[str]]:
    return lambda record: writer(record.run, record.results)


# Each format, and its files.
FILES: Dict[str, Dict[str, Callable[[Record], Iterator[str]]]] = {
    "tap": {"results.tap": _tap},
    "ktap": {"results.ktap": _plain(ktap.whole)},
    "kunit": {"kunit.ktap": _plain(ktap.nested)},
    "junit": {"junit.xml": _plain(junit.whole)},
    "kcidb": {"kcidb.json": _kcidb},
    "squad": {f"squad-{name}.json": _plain(made) for name, made in squad.FILES.items()},
    "tmt": {"results.yaml": _plain(tmt.whole)},
    "lava": {"lava.sh": _plain(lava.whole)},
    "libhugetlbfs": {"libhugetlbfs.txt": _plain(libhugetlbfs.whole)},
    "folded": {"profile.folded": _plain(where.folded)},
    "html": {"report.html": _plain(page)},
}
# Those that are printed as a whole, and not while a run is under way; several files as one.
WHOLE: Dict[str, Callable[[Record], Iterator[str]]] = {
    **{form: _plain(squad.whole) if form == "squad" else next(iter(files.values()))
       for form, files in FILES.items() if form not in ("tap", "libhugetlbfs", "html")},
    JSON: _brief}


def check(forms: Iterable[Optional[str]]) -> None:
    """Raises Refused where the package for one of these formats is not here, so that nobody learns
    it only at the end of a run."""
    for form in forms:
        if form in _NEEDS and importlib.util.find_spec(_NEEDS[form][1]) is None:
            name, package = _NEEDS[form]
            raise Refused(f"{name} needs Python's {package}: install python3-{package}")


def write_all(record: Record) -> bool:
    """Writes what was asked for at the end of a run, and says where it is. False where that was not
    possible: a run that failed keeps its status."""
    done = True
    for form in record.exports.formats:
        try:
            for path in write(form, record):
                say(f"wrote {path}")
        except Refused as refused:
            say(str(refused))
            done = False
    return done


def write(form: str, record: Record, folder: Optional[int] = None) -> List[str]:
    """Writes the files of a format into the folder of the run, by its descriptor `folder` if there
    is one; returns their paths. results.yaml goes to $TMT_TEST_DATA if that is set, and LAVA gets
    the results by lava-test-case if it is there. Raises Refused."""
    paths = []
    for name, made in FILES[form].items():
        elsewhere = os.environ.get(TMT_DATA) if form == "tmt" else None
        path = os.path.join(elsewhere or record.folder, name)
        try:
            write_whole(path, made(record), None if elsewhere else folder)
        except OSError as error:
            raise Refused(f"cannot write {clean(path)}: {why(error)}") from None
        paths.append(path)
    if form == "lava":
        _report(record)
    return paths


def _report(record: Record) -> None:
    tool = shutil.which(lava.TOOL)
    if not tool:
        return
    # LAVA reads the console, which has both.
    failed, out = 0, sys.stderr.fileno() if record.exports.alone else None
    for words in lava.calls(record.run, record.results):
        failed += run_tool([tool, *words[1:]], lava.TOOL, LAVA_SECONDS,
                           stdout=out).returncode != 0
    if failed:
        raise Refused(f"{lava.TOOL} failed for {count(failed, 'result')}")
