# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run for SQUAD: the three files of a submission (tests, metrics, metadata)."""
from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterable, Iterator, Tuple

from ..figures import instructions
from ..text import clean, printed
from .facts import host, kernel_words, measured, moment, pass_skip_fail, why
from .names import Unique
from .tally import Item, items

Json = Dict[str, Any]
# The most characters of the kernel's words for one item.
MOST_LOG = 65536
# The most characters of a unit in SQUAD's database, which refuses a longer one with all that came
# with it.
MOST_UNIT = 30
# The most characters of the id of a job there.
MOST_JOB = 128


def _object(members: Iterable[Tuple[str, Any]]) -> Iterator[str]:
    """A JSON object, member by member."""
    begin = "{"
    for name, value in members:
        yield f"{begin}\n{json.dumps(name)}: {json.dumps(value, allow_nan=False)}"
        begin = ","
    yield "{}\n" if begin == "{" else "\n}\n"


def _test(item: Item) -> Any:
    word = pass_skip_fail(item)
    if word == "pass":
        return word
    log = "\n".join(filter(None, (why(item), kernel_words(item, MOST_LOG)
                                  if item.state not in ("skipped", "disturbed") else "")))
    return {"result": word, "log": log}


def tests(run: Json, results: Iterable[Json]) -> Iterator[str]:
    """The states, by name. SQUAD takes what stands before the last `/` for the suite."""
    unique = Unique()
    return _object((unique.name(clean(item.name, 2000)), _test(item))
                   for item in items(run, results))


def metrics(run: Json, results: Iterable[Json]) -> Iterator[str]:
    """The figures, by point and metric; those of the repeats of a load are a list."""
    counted = instructions(run)
    found: Dict[str, Json] = {}
    for item in items(run, results):
        for figure in measured(item, counted):
            name = f"{clean(item.name.partition('#')[0], 2000)} {figure.name}"
            found.setdefault(name, {"value": [], "unit": clean(figure.unit, MOST_UNIT)})[
                "value"].append(figure.value)
    return _object(found.items())


def _job(run: Json) -> str:
    """The id of the job. SQUAD refuses a second one of the same id, and one with a `/`; on machines
    that begin by the same clock runs have the same name."""
    return f"{host(run)}-{run.get('run') or 'unknown'}".replace("/", "_")[-MOST_JOB:]


def metadata(run: Json, _: Iterable[Json]) -> Iterator[str]:
    """What SQUAD shows of the run."""
    kernel, began = run.get("kernel") or {}, moment(run.get("started"))
    said = {"job_id": _job(run), "run": run.get("run"),
            "datetime": began.isoformat() if began else None,
            "version": kernel.get("release"), "kernel": kernel.get("version"),
            "kernel_build_id": kernel.get("build_id"), "architecture": kernel.get("machine"),
            "host": host(run), "seed": run.get("seed"), "hugeproof": run.get("hugeproof"),
            "command": run.get("command")}
    return _object((name, printed(str(value))) for name, value in said.items()
                   if value is not None)


# By the name of the file, which is also the name of the field in a submission.
FILES: Dict[str, Callable[[Json, Iterable[Json]], Iterator[str]]] = {
    "tests": tests, "metrics": metrics, "metadata": metadata}


def whole(run: Json, results: Iterable[Json]) -> Iterator[str]:
    """All three as one object, by the names of their fields."""
    begin = "{"
    for name, made in FILES.items():
        yield f'{begin}"{name}": '
        yield from made(run, results)
        begin = ", "
    yield "}\n"
