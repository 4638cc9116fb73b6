# SPDX-License-Identifier: LGPL-2.1-or-later
"""The common part of the fuzzers: how long they run, and unexpected values.

In make check each test tries the same few examples every time; HUGEPROOF_FUZZ_SECONDS, which
make fuzz sets, gives that time to all tests of a file together, with new examples each run.
"""
from __future__ import annotations

import functools
import json
import os
import random
import sys
import tempfile
import time
from typing import Any, Callable, Dict, List

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "runner"))
import support  # noqa: E402

try:
    from hypothesis import configuration, HealthCheck, given, seed, settings, strategies as st
except ImportError:
    print("1..0 # SKIP needs Python's hypothesis: scripts/setup installs it")
    sys.exit(0)

# Data that hypothesis would otherwise store in the source folder.
_kept = tempfile.TemporaryDirectory()
configuration.set_hypothesis_home_dir(_kept.name)
SECONDS = float(os.environ.get("HUGEPROOF_FUZZ_SECONDS") or 0)
EXAMPLES = 60
# The number of tests that share SECONDS; main() counts them.
_share = 0.0
_COMMON: Dict[str, Any] = {"deadline": None, "database": None,
                           "suppress_health_check": list(HealthCheck)}


def fuzzed(*values: Any, examples: int = EXAMPLES) -> Callable[..., Any]:
    """A test that is tried with many values of these strategies."""
    def around(body: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(body)
        def test(self: Any) -> None:
            def once(drawn: Any) -> None:
                body(self, *drawn)
            if not SECONDS:
                settings(max_examples=examples, derandomize=True, **_COMMON)(
                    given(st.tuples(*values))(once))()
                return
            end = time.monotonic() + _share
            while time.monotonic() < end:
                number = random.getrandbits(64)
                tried = given(st.tuples(*values))(once)
                seed(number)(settings(max_examples=200, **_COMMON)(tried))()
        # Otherwise unittest would take the arguments of the strategies for its own.
        del test.__wrapped__  # type: ignore[attr-defined]
        return test
    return around


# If this appears in a page, it was not escaped; it may be in a name, which contains no blank.
MARK = "<i/id=x>"
texts = st.text(max_size=20) | st.sampled_from(
    ("", "\x1b[2J", "\ud800", "\u202e", "\0", "\n", "ok 1 - a", "# SKIP", "]]>", "<&\"'>", "..",
     "/", "a" * 5000, "\ufeff", "2M", "a/b.c@2M", "latest", MARK, "%s%n", "{}", "-1", "nan"))
numbers = st.integers() | st.floats() | st.sampled_from(
    (0, -1, 1 << 63, 1 << 64, 10 ** 60, -10 ** 400, 1e308, 5e-324, 2 ** 53 + 1))
atoms = st.none() | st.booleans() | numbers | texts
anything = st.recursive(atoms, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    texts, inner, max_size=3), max_leaves=8)


# Names that some object has, and others have not.
KEYS = ("path", "value", "id", "wrote", "undo", "time", "name", "verdict", "reason", "known",
        "points", "metrics", "observed", "tries", "lab", "rest", "died", "findings", "histogram")


def _places(value: Any) -> List[Any]:
    """The paths from the top to every value in it."""
    found: List[Any] = [()]
    items: Any = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) else ())
    for key, item in items:
        found += [(key, *rest) for rest in _places(item)]
    return found


def _changed(value: Any, place: Any, new: Any, gone: bool) -> Any:
    if not place:
        return new
    if isinstance(value, dict) and place[0] not in value:
        return {**value, place[0]: new}
    copy = dict(value) if isinstance(value, dict) else list(value)
    if gone and len(place) == 1:
        del copy[place[0]]
    else:
        copy[place[0]] = _changed(value[place[0]], place[1:], new, gone)
    return copy


def marked(value: Any, wrong: Callable[[Any], Any]) -> Any:
    """The value with MARK for each of its texts for which it may stand."""
    for place in _places(value):
        found = value
        for key in place:
            found = found[key]
        changed = _changed(value, place, MARK, False) if isinstance(found, str) else None
        if changed is not None and not wrong(changed):
            value = changed
    return value


@st.composite
def spoiled(draw: Any, value: Any) -> Any:
    """The value with up to three of its parts replaced, removed or added."""
    for _ in range(draw(st.integers(0, 3))):
        if not isinstance(value, (dict, list)):
            break
        place = draw(st.sampled_from(_places(value)))
        found = value
        for key in place:
            found = found[key]
        if isinstance(found, dict) and draw(st.booleans()):
            place = (*place, draw(st.sampled_from(KEYS) | texts))
            value = _changed(value, place, draw(anything), False)
        else:
            value = _changed(value, place, draw(anything), draw(st.booleans()))
    return value


@st.composite
def torn(draw: Any, data: bytes) -> bytes:
    """The bytes with pieces replaced, doubled or removed."""
    for _ in range(draw(st.integers(0, 3))):
        begin = draw(st.integers(0, len(data)))
        end = draw(st.integers(begin, min(len(data), begin + 200)))
        data = data[:begin] + draw(st.binary(max_size=20) | st.just(data[begin:end] * 2)) \
            + data[end:]
    return data


def dumped(value: Any) -> bytes:
    """JSON as other programs may write it, including NaN."""
    try:
        return json.dumps(value).encode()
    except (ValueError, RecursionError):
        return b"?"


def main(number: int) -> None:
    """Runs the tests of the calling file, whose number is given, and prints TAP."""
    global _share
    _share = SECONDS / number
    support.main()
