# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as JUnit XML."""
from __future__ import annotations

import json
from itertools import groupby
from typing import Any, Dict, Iterable, Iterator, List

from ..errors import Refused
from ..findings import beyond_points
from ..sources import sources_text
from ..text import clean, printed
from ..verdicts import NOT_WELL
from .facts import host, hosts, kernel_words, moment, said
from .names import Unique
from .tally import Item, items_of, items_of_run

Json = Dict[str, Any]
# The most characters that a test case repeats of what its program said, and of the kernel's words,
# which each of its points has.
MOST_SAID = 65536
# Python writes a number with fewer digits behind the point without an exponent, which not every
# reader knows.
DIGITS = 4


def _log(item: Item, beyond: bool) -> str:
    """The kernel's words for an item that did not pass. If the run's verdict is worse than those of
    its points (`beyond`), they are shown only with the run itself."""
    if item.verdict not in NOT_WELL or (item.point and beyond):
        return ""
    return kernel_words(item, MOST_SAID)


def _said(item: Item) -> str:
    """The YAML block of a point, a key a line."""
    lines = [f"{key}: {value if isinstance(value, str) else json.dumps(value)}"
             for key, value in said(item).items()]
    return printed("\n".join(lines))[:MOST_SAID]


def _case(item: Item, beyond: bool, unique: Unique) -> Any:
    from junitparser import Error, Failure, Skipped, TestCase  # type: ignore[import]
    program, _, case = unique.name(clean(item.name, 2000)).partition(".")
    test = TestCase(case or program, classname=program, time=round(item.seconds, DIGITS))
    reason = clean(item.reason or "", 1000)
    if item.state == "skipped":
        test.result = [Skipped(reason)]
    elif item.state == "known":
        test.result = [Skipped(f"known issue {clean(item.known or '', 200)}: {reason}")]
    elif item.state == "disturbed":
        test.result = [Skipped(f"disturbed: {reason}")]
    elif item.state != "passed":
        kind = Failure if item.state == "failed" else Error
        result = kind(reason, item.verdict)
        # GitLab shows the text, and the reason only if there is none.
        source = sources_text(item.result)
        result.text = "\n".join(filter(None, (reason, f"source: {source}" if source else "")))
        test.result = [result]
    text, log = _said(item), _log(item, beyond)
    if text:
        test.system_out = text
    if log:
        test.system_err = log
    return test


def _properties(run: Json, result: Json) -> List[Any]:
    """What a suite says of its run and of the machine."""
    kernel = run.get("kernel") or {}
    # Of a run of several machines it is not known here which one it was.
    machine = run if len(hosts(run)) == 1 else {}
    return [(name, value) for name, value in (
        ("run", run.get("run")), ("hugeproof", run.get("hugeproof")), ("seed", run.get("seed")),
        ("kernel", kernel.get("release")), ("kernel.version", kernel.get("version")),
        ("kernel.build_id", kernel.get("build_id")), ("machine", kernel.get("machine")),
        ("processors", machine.get("processors")), ("nodes", machine.get("nodes")),
        ("memory_kb", machine.get("memory_kb")), ("page_size", result.get("page_size")),
        ("verdict", result.get("verdict")), ("out", result.get("out"))) if value is not None]


def _suite(name: str, found: Iterable[Item], run: Json, result: Json, unique: Unique) -> Any:
    from junitparser import TestSuite
    suite, beyond = TestSuite(clean(name, 2000)), bool(result) and beyond_points(result)
    suite.hostname = host(run)
    began = moment(result.get("started")) or moment(run.get("started"))
    if began:
        # The format has no zone: it is UTC.
        suite.timestamp = began.replace(tzinfo=None).isoformat(timespec="seconds")
    for key, value in _properties(run, result):
        suite.add_property(key, clean(str(value), 2000))
    for item in found:
        # add_testcase() counts all test cases again each time, which is slow.
        suite.append(_case(item, beyond, unique))
    suite.update_statistics()
    return suite


def _suites(run: Json, results: Iterable[Json]) -> Iterator[Any]:
    """A test suite for each run of a program, and for the items about the run itself. GitLab keeps
    one case of a name."""
    unique = Unique()
    for result in results:
        yield _suite(result["name"], items_of(result), run, result, unique)
    for name, found in groupby(items_of_run(run), lambda item: item.name):
        yield _suite(name, found, run, {}, unique)


def whole(run: Json, results: Iterable[Json]) -> Iterator[str]:
    """The XML text, suite by suite. Raises Refused without junitparser."""
    try:
        from junitparser import JUnitXml
    except ImportError:
        raise Refused("JUnit needs Python's junitparser: install python3-junitparser") from None
    xml = JUnitXml(f"hugeproof {clean(str(run.get('run', '')))}")
    # The schema of Jenkins's xUnit plugin has no number of skips here.
    counts: Dict[str, Any] = dict.fromkeys(("tests", "failures", "errors", "time"), 0)
    for suite in _suites(run, results):
        for key in counts:
            counts[key] += getattr(suite, key)
    for key, value in counts.items():
        setattr(xml, key, round(value, 3))
    head = _text(xml)
    # An element without a suite has no closing tag.
    yield head[:-2] + ">" if head.endswith("/>") else head.rpartition("</")[0]
    for suite in _suites(run, results):
        yield _text(suite)
    yield "</testsuites>\n"


def _text(element: Any) -> str:
    text = element.tostring()
    return text.decode() if isinstance(text, bytes) else str(text)
