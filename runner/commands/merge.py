# SPDX-License-Identifier: LGPL-2.1-or-later
"""merge: one run out of several."""
from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
from typing import Any, Dict, List

from ..errors import Refused
from ..merge import Merged, Part
from ..output import say
from ..reading import load
from ..record import Folder, find_run
from ..report.summary import Summary
from ..report.tally import Tally, closing_of
from ..text import count
from .common import add_results

Json = Dict[str, Any]


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    parser = subparsers.add_parser(
        "merge", help="make one run out of several, such as shards", allow_abbrev=False,
        description="Makes a new run in the folder of results out of several on the same build of "
        "a kernel, such as the shards of a plan. Of several results of one name one that ran "
        "counts more than a skip, of those that ran the worst, and of equal ones the last. Exit "
        "status as of the run.")
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folder, name, or latest")
    add_results(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def parts_of(words: List[str], results: str) -> List[Part]:
    """The runs of these names, at least two. Raises Refused."""
    folders = {os.path.realpath(path): path for path in (
        find_run(word, results) for word in words)}
    if len(folders) < 2:
        raise Refused("merge takes several runs")
    parts = [Part(path, *load(path)) for path in folders.values()]
    for part in parts:
        if part.results.damaged_at:
            raise Refused(f"{part.results.damage()}: --resume repeats what it lacks")
    return parts


def written(merged: Merged, folder: Folder) -> Json:
    """Writes the record; returns run.json."""
    try:
        merged.write(folder)
        run = merged.run(folder.name, " ".join(map(shlex.quote, sys.argv)))
        folder.write_run(run)
        run.update(closing_of(run, folder.path))
        folder.write_run(run)
    except BaseException:
        folder.close()
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    folder.close()
    return run


def run(args: argparse.Namespace) -> int:
    """The exit status of the merged run."""
    merged = Merged(parts_of(args.runs, args.results))
    folder = Folder.create(args.results)
    record = written(merged, folder)
    results = load(folder.path)[1]
    end = Summary(record)
    for result in results:
        end.add(result)
    counts = end.tally(results)
    if args.json:
        print(json.dumps(_as_json(merged, folder, counts), indent=1))
        return counts.status()
    sys.stdout.write(end.text(results, folder.path))
    if merged.duplicates:
        say(f"{count(len(merged.duplicates), 'run')} of programs with several results: "
            f"{' '.join(merged.duplicates)}")
    return counts.status()


def _as_json(merged: Merged, folder: Folder, counts: Tally) -> Json:
    return {"format": 1, "run": folder.name, "path": folder.path,
            "merged": [part.path for part in merged.parts], "duplicates": merged.duplicates,
            "missing": [name for name in merged.plan if name not in merged.done],
            "counts": counts.as_json(), "status": counts.status()}
