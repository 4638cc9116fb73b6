# SPDX-License-Identifier: LGPL-2.1-or-later
"""A run as calls of lava-test-case, which reports a result to LAVA from the machine under test."""
from __future__ import annotations

import re
import shlex
from typing import Any, Dict, Iterable, Iterator, List

from ..figures import instructions
from .facts import measured, pass_skip_fail
from .names import Unique, parts
from .tally import items

Json = Dict[str, Any]
TOOL = "lava-test-case"
# LAVA reads the results from the console, as words between < and > with a = in each.
_STRANGE = re.compile(r"[^A-Za-z0-9/%._-]+")
# LAVA's database keeps no more digits before the point; a larger number would cost it the results
# beside it as well.
_MOST = 1e20


def calls(run: Json, results: Iterable[Json]) -> Iterator[List[str]]:
    """The calls, for each item and for each figure of a load. Names are of letters, digits, `_`,
    `-` and `.`, which is all that LAVA takes. Its other word, unknown, is no failure there, so
    that it is not for what could not be judged."""
    counted, unique = instructions(run), Unique("-")
    for item in items(run, results):
        words, repeat = parts(item.name)
        name = ".".join([*words, *filter(None, (repeat,))])
        yield [TOOL, unique.name(name), "--result", pass_skip_fail(item)]
        for figure in measured(item, counted):
            if abs(figure.value) >= _MOST:
                continue
            yield [TOOL, unique.name(".".join([name, *parts(figure.name)[0]])), "--result", "pass",
                   "--measurement", f"{figure.value:.12g}", "--units",
                   _STRANGE.sub("_", figure.unit) or "1"]


def whole(run: Json, results: Iterable[Json]) -> Iterator[str]:
    """The calls as the lines of a shell script."""
    for words in calls(run, results):
        yield " ".join(map(shlex.quote, words)) + "\n"
