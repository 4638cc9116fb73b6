# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as JUnit XML."""
from __future__ import annotations

from typing import Any, Dict, Sequence

from ..errors import Refused
from ..judge import beyond_points
from ..text import clean, printed
from ..verdicts import NOT_WELL
from .tally import Item, items

Json = Dict[str, Any]


def _seconds(item: Item) -> float:
    took = (item.point["diagnostics"].get("duration_ms") if item.point
            else item.result.get("duration_ms"))
    return took / 1000 if isinstance(took, (int, float)) else 0.0


def _log(item: Item) -> str:
    """What the kernel said, for an item that is not well. Where the run's verdict is worse
    than its points', the words are its own, and not repeated with each of them."""
    result = item.result
    if item.verdict not in NOT_WELL or (item.point and beyond_points(result)):
        return ""
    return printed("\n".join(str(line) for line in result.get("log") or []))


def whole(run: Json, results: Sequence[Json]) -> str:
    """The XML text. A suite is a run of a program. Raises Refused without junitparser."""
    try:
        from junitparser import (  # type: ignore[import]
            Error, Failure, JUnitXml, Skipped, TestCase, TestSuite)
    except ImportError:
        raise Refused("JUnit needs Python's junitparser: install python3-junitparser") from None
    xml = JUnitXml(f"hugeproof {run.get('run', '')}")
    suites: Dict[str, Any] = {}
    for item in items(run, results):
        name = item.result.get("name", item.name)
        if name not in suites:
            suites[name] = TestSuite(name)
        program, _, case = item.name.partition(".")
        test = TestCase(case or item.name, classname=program, time=_seconds(item))
        reason = clean(item.reason or "", 1000)
        if item.state == "skipped":
            test.result = [Skipped(reason)]
        elif item.state == "known":
            test.result = [Skipped(f"known issue {item.known}: {reason}")]
        elif item.state == "disturbed":
            test.result = [Skipped(f"disturbed: {reason}")]
        elif item.state != "passed":
            kind = Failure if item.state == "failed" else Error
            test.result = [kind(reason, item.verdict)]
        said = _log(item)
        if said:
            test.system_err = said
        suites[name].add_testcase(test)
    for suite in suites.values():
        xml.add_testsuite(suite)
    xml.update_statistics()
    text = xml.tostring()
    return text.decode() if isinstance(text, bytes) else str(text)
