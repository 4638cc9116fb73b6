# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as a submission to KCIDB, schema v5.3: a checkout, a build, a test for each item and for
each figure, and an incident for each known issue that was seen."""
from __future__ import annotations

import json
import os
import re
from datetime import datetime
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple
from urllib.parse import quote

from ..budget import spent
from ..errors import Refused
from ..figures import instructions
from ..sources import texts
from ..text import clean
from .facts import INSTRUCTIONS, host, hosts, kernel_words, measured, moment, readable, said, why
from .names import Unique, dotted, parts
from .tally import Counting, Item, items_of, items_of_run

Json = Dict[str, Any]
ORIGIN = "hugeproof"
VERSION = {"major": 5, "minor": 3}
MOST_EXCERPT = 16384
_ORIGIN = re.compile(r"[a-z0-9_]+\Z")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z")
# A known issue is a failure with an incident. What others disturbed says as little as a skip.
_STATUS = {"passed": "PASS", "skipped": "SKIP", "disturbed": "SKIP", "known": "FAIL",
           "failed": "FAIL"}
# What run.json says of the machine.
_MACHINE = ("nodes", "memory_kb", "processors", "processor", "page_sizes", "thp", "lab")


def check_origin(origin: str) -> str:
    """The name of a CI system. Raises Refused for one that KCIDB does not take."""
    if not _ORIGIN.match(origin):
        raise Refused("an origin consists of a-z, 0-9 and _, unlike " + clean(origin, 100))
    return origin


def check_address(url: Optional[str]) -> Optional[str]:
    """Where files can be read, if that is given. Raises Refused for what KCIDB takes for no URL,
    and would refuse with the whole submission."""
    if url and not _ADDRESS.match(url):
        raise Refused(f"{clean(url, 200)} is no URL, such as https://example.org/7: blanks and "
                      "the like are written as %20")
    return url


def _text(value: Any, limit: int = 1000) -> str:
    return clean(str(value), limit)


def _bounded(value: Any) -> Any:
    """A value of which a submission with thousands of them is not too large to be taken."""
    text = value if isinstance(value, str) else json.dumps(value)
    return value if len(text) <= MOST_EXCERPT else text[:MOST_EXCERPT - 3] + "..."


def _there(values: Json) -> Json:
    """The values that are not null, which KCIDB does not take."""
    return {key: readable(value) for key, value in values.items() if value is not None}


def _written(began: Optional[datetime]) -> Json:
    return {"start_time": began.isoformat()} if began else {}


class Submission:
    """Makes the objects of a run. `files` is the URL below which the run's files can be read."""

    def __init__(self, run: Json, origin: str, files: str) -> None:
        self.run, self.origin, self.files = run, origin, files
        self.kernel: Json = run.get("kernel") or {}
        build = _text(self.kernel.get("build_id") or self.kernel.get("version") or "unknown", 200)
        self._kernel = f"{_text(self.kernel.get('release') or 'unknown', 200)}/{build}"
        self._run = f"{host(run)}/{_text(run.get('run') or 'unknown', 200)}"
        self._began = moment(run.get("started"))
        self._unique, self._counted = Unique(), instructions(run)
        # The tests in which a known issue was seen, with the issue.
        self.seen: List[Tuple[str, str]] = []

    def _id(self, *words: str) -> str:
        return f"{self.origin}:" + "/".join(words)

    def checkout(self) -> Json:
        """The source of the kernel, as far as a kernel tells."""
        return {"id": self._id("checkout", self._kernel), "origin": self.origin, "valid": True,
                "comment": _text(self.kernel.get("release") or "unknown"),
                **_written(self._began),
                "misc": _there({"upstream": self.kernel.get("upstream")})}

    def build(self) -> Json:
        """The kernel that ran."""
        machine = re.sub(r"[^a-z0-9_]", "_", str(self.kernel.get("machine") or "").lower())
        return {"id": self._id("build", self._kernel), "origin": self.origin,
                "checkout_id": self._id("checkout", self._kernel), "status": "PASS",
                "architecture": machine, "comment": _text(self.kernel.get("version") or ""),
                **_written(self._began),
                "misc": _there({key: self.kernel.get(key) for key in
                                ("build_id", "command_line", "taint")})}

    def _environment(self) -> Json:
        run = self.run
        if len(hosts(run)) > 1:
            return {"comment": host(run),
                    "misc": {"merged": [_there(one) for one in run["merged"]]}}
        return {"comment": host(run), "misc": _there({key: run.get(key) for key in _MACHINE})}

    def _test(self, name: str, path: str, status: str) -> Json:
        return {"id": self._id(self._run, self._unique.name(name)), "origin": self.origin,
                "build_id": self._id("build", self._kernel), "path": f"hugeproof.{path}",
                "status": status, "environment": self._environment()}

    def _outputs(self, item: Item) -> Json:
        out = item.result.get("out")
        if not out or not self.files:
            return {}
        return {"output_files": [{
            "name": re.sub(r"[/\0]", "-", os.path.basename(str(out)) or "out"),
            "url": f"{self.files}/{quote(str(out), errors='backslashreplace')}"}]}

    def _misc(self, item: Item, more: Optional[Json] = None) -> Json:
        """The name and the verdict as they are, and the run; with `more`, which cannot have others
        than these, except for the seed."""
        ours = {"name": item.name, "verdict": item.verdict, "known_issue": item.known,
                "run": self.run.get("run"), "hugeproof": self.run.get("hugeproof"),
                "repeat": parts(item.name)[1] or None}
        return _there({"seed": self.run.get("seed"), **(more or {}), **ours})

    def _said(self, item: Item) -> Json:
        """What the program said of a point, and which promise a failed one breaks."""
        broken = texts(item.result.get("sources") or []) if item.state in (
            "failed", "known") else []
        return {**{key: _bounded(value) for key, value in said(item).items()},
                **({"sources": broken} if broken else {})}

    def tests(self, item: Item) -> Iterator[Json]:
        """The test of an item, and one for each of its figures."""
        began = moment(item.result.get("started")) or self._began
        test = self._test(clean(item.name, 2000), dotted(item.name),
                          _STATUS.get(item.state, "ERROR"))
        test.update(_written(began), duration=item.seconds,
                    misc=self._misc(item, self._said(item)),
                    **self._outputs(item))
        if why(item):
            test["comment"] = why(item)
        log = kernel_words(item, MOST_EXCERPT)
        if log and item.state not in ("passed", "skipped"):
            test["log_excerpt"] = log
        if item.state == "known":
            self.seen.append((test["id"], _text(item.known, 200)))
        yield test
        for figure in measured(item, self._counted):
            plain = figure.without_prefix()
            yield {**self._test(f"{clean(item.name, 2000)} {figure.name}",
                                f"{dotted(item.name)}.{dotted(figure.name)}", "DONE"),
                   **_written(began), "number": {
                       "value": plain.value, "unit": plain.unit or "1", "prefix": "metric"},
                   "comment": (f"{figure.name} in {INSTRUCTIONS}" if self._counted
                               else figure.name),
                   "misc": self._misc(item)}

    def missing(self, name: str) -> Json:
        """A planned run of a program that has no result."""
        why = _text(self.run["interrupted"]) if spent(self.run) else ""
        return {**self._test(clean(name, 2000), dotted(name), "SKIP" if why else "MISS"),
                **_written(self._began), "comment": f"not run: {why or 'the run was cut'}",
                "misc": {"name": clean(name, 2000)}}

    def issues(self) -> Iterator[Json]:
        """The known issues that were seen."""
        for issue in dict.fromkeys(known for _, known in self.seen):
            yield {"id": self._id("issue", issue), "version": 1, "origin": self.origin,
                   "comment": issue, "culprit": {"code": True}}

    def incidents(self) -> Iterator[Json]:
        """Where they were seen."""
        for test, issue in self.seen:
            yield {"id": self._id("incident", issue, test.partition(":")[2]),
                   "origin": self.origin, "issue_id": self._id("issue", issue),
                   "issue_version": 1, "test_id": test, "present": True}


def _list(name: str, objects: Iterable[Json]) -> Iterator[str]:
    begin = f',\n"{name}": ['
    yield begin
    begin = "\n"
    for one in objects:
        yield begin + json.dumps(one, allow_nan=False)
        begin = ",\n"
    yield "]"


def whole(run: Json, results: Sequence[Json], origin: str = ORIGIN, files: str = ""
          ) -> Iterator[str]:
    """The submission, object by object."""
    made, counting = Submission(run, check_origin(origin), files.rstrip("/")), Counting(run)

    def tests() -> Iterator[Json]:
        for result in results:
            counting.add(result)
            for item in items_of(result):
                yield from made.tests(item)
        for item in items_of_run(run):
            yield from made.tests(item)
        for name in counting.missing():
            yield made.missing(name)

    yield f'{{"version": {json.dumps(VERSION)}'
    yield from _list("checkouts", [made.checkout()])
    yield from _list("builds", [made.build()])
    yield from _list("tests", tests())
    # Only now it is known which were seen.
    yield from _list("issues", made.issues())
    yield from _list("incidents", made.incidents())
    yield "}\n"


def address(folder: str) -> str:
    """The URL of a folder of this machine."""
    return "file://" + quote(os.path.abspath(folder), errors="backslashreplace")
