#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs hugeproof by kirk, LTP's runner, which watches the system under test and boots it again:

    PYTHONPATH=KIRK ci/kirk/hugeproof_kirk.py --run-suite hugetlb thp

takes all options of kirk. A suite is an area, or `all`, `quick` or another tag; each program is a
test, which `hugeproof func` runs on the system under test, where hugeproof is installed. See
doc/ci.md.
"""
import json
import shlex
from typing import Any, Dict, List, Optional, cast

import libkirk.main  # type: ignore[import]
import libkirk.session  # type: ignore[import]
from libkirk.com import ComChannel  # type: ignore[import]
from libkirk.data import Suite, Test  # type: ignore[import]
from libkirk.errors import FrameworkError  # type: ignore[import]
from libkirk.framework import Framework  # type: ignore[import]
from libkirk.results import ResultStatus, TestResults  # type: ignore[import]

Json = Dict[str, Any]
# The exit status of `hugeproof func`; 2, which is that nothing could be run, is told by the counts.
_STATUS = {0: ResultStatus.PASS, 1: ResultStatus.FAIL, 3: ResultStatus.BROK}


class HugeproofFramework(Framework):  # type: ignore[misc]
    """kirk's interface for a set of tests."""

    def __init__(self, **_: Any) -> None:
        """kirk gives its time limits, which it keeps itself."""

    async def _programs(self, channel: ComChannel) -> List[Json]:
        """What there is to run on the system under test."""
        done = await channel.run_command("hugeproof list --json")
        found = _object(done["stdout"]) if done else None
        if not found:
            raise FrameworkError("hugeproof list says nothing: is hugeproof installed there?")
        return [one for one in found["programs"] if one["kind"] == "func"]

    async def get_suites(self, channel: ComChannel) -> List[str]:
        """The areas and tags, and `all`."""
        programs = await self._programs(channel)
        return sorted({"all"}.union(*map(_suites, programs)))

    async def find_suite(self, channel: ComChannel, name: str) -> Suite:
        """The programs of an area, or with a tag."""
        tests = [Test(name=one["name"], cmd="hugeproof", args=["func", one["name"], "--json"])
                 for one in await self._programs(channel) if name in ("all", *_suites(one))]
        if not tests:
            raise FrameworkError(f"hugeproof has no area and no tag {name}")
        return Suite(name, tests)

    async def find_command(self, channel: ComChannel, command: str) -> Test:
        """Any command, of the system under test."""
        words = shlex.split(command)
        return Test(name=words[0], cmd=words[0], args=[shlex.quote(word) for word in words[1:]])

    async def read_result(self, test: Test, stdout: str, retcode: int, exec_t: float
                          ) -> TestResults:
        """The counts of points in what `func --json` printed. Without it, as when the system died,
        the test is broken."""
        said = _object(stdout)
        counts = said["counts"] if said else {"broken": 1}
        skipped = counts.get("skipped", 0) + counts.get("disturbed", 0)
        otherwise = ResultStatus.CONF if skipped or counts.get("known") else ResultStatus.BROK
        return TestResults(
            test=test, passed=counts.get("passed", 0), failed=counts.get("failed", 0),
            broken=counts.get("broken", 0) + counts.get("unknown", 0), skipped=skipped,
            # What a known issue explains.
            warnings=counts.get("known", 0), exec_time=exec_t, retcode=retcode, stdout=stdout,
            status=_STATUS.get(retcode, otherwise))


def _suites(program: Json) -> List[str]:
    return [program["name"].partition("/")[0], *program["tags"]]


def _object(text: str) -> Optional[Json]:
    """The JSON object among the lines of output, which also has what is for people."""
    lines = text.splitlines()
    try:
        first = lines.index("{")
        return cast(Json, json.loads("\n".join(lines[first:lines.index("}", first) + 1])))
    except ValueError:
        return None


def main() -> None:
    """kirk, with hugeproof in the place of LTP."""
    libkirk.session.LTPFramework = HugeproofFramework
    libkirk.main.run()


if __name__ == "__main__":
    main()
