# SPDX-License-Identifier: LGPL-2.1-or-later
"""Validates what hugeproof wrote by the schemas of doc/schema, and more strictly than readers do: a
field at the top that no schema names is one that was never documented."""
from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from runner import schema

try:
    import jsonschema  # type: ignore[import]
except ImportError:
    jsonschema = None

Json = Dict[str, Any]
# The schema of each file, and whether each of its lines is an object.
FILES = {"run.json": ("run", False), "results.jsonl": ("result", True),
         "described.json": ("described", False), "compare.json": ("compare", False),
         "mutants.json": ("mutants", False), "mutants.jsonl": ("mutants-line", True),
         "rates.json": ("mutants-rates", False), "matrix.json": ("matrix", False),
         "coverage.json": ("coverage", False), "kcidb.json": ("kcidb", False),
         "noticed.jsonl": ("noticed", True), "minimise.json": ("minimise", False)}
# The schemas of what commands print with --json.
_PRINTED = {**{name: name for name in ("list", "probe", "diff", "merge", "history", "restore",
                                       "report", "minimise", "overlap", "reproduce")},
            **dict.fromkeys(("func", "stress", "perf"), "report")}
# What another option makes of it.
_OTHERWISE = {"--plan": "plan", "--matrix": "kernels"}
# Longer files are validated by the runner's own checker alone, which is faster.
LONG = 1 << 20


def printed(words: Sequence[str]) -> Optional[str]:
    """The schema of what a command prints, if that is a JSON object."""
    if "--json" not in words or words[0] not in _PRINTED:
        return None
    return next((name for option, name in _OTHERWISE.items() if option in words),
                _PRINTED[words[0]])


@lru_cache(maxsize=None)
def rules(name: str) -> Json:
    """A schema."""
    path = os.path.join(os.path.dirname(schema.__file__), "..", "doc", "schema",
                        f"{name}.schema.json")
    with open(path, encoding="utf-8") as file:
        return dict(json.load(file))


@lru_cache(maxsize=None)
def _validator(name: str) -> Any:
    return jsonschema.Draft7Validator(rules(name)) if jsonschema else None


def wrong(name: str, value: Any, short: bool = True) -> Iterator[str]:
    """What is wrong with a value by a schema."""
    try:
        error = schema.checker(name)(value)
    except ValueError:
        # It uses more of JSON Schema than the runner interprets.
        error = None
    if error:
        yield error
    elif short and jsonschema and not _validator(name).is_valid(value):
        yield f"by python3-jsonschema: {next(_validator(name).iter_errors(value)).message[:300]}"
    named = rules(name).get("properties")
    if named and isinstance(value, dict) and "additionalProperties" not in rules(name):
        yield from (f"{key} is in no schema" for key in value if key not in named)


def _values(path: str, lines: bool) -> Iterator[Tuple[str, Any]]:
    with open(path, "rb") as file:
        if not lines:
            yield os.path.basename(path), json.load(file)
            return
        for number, line in enumerate(file, 1):
            # A run that was killed may have an incomplete last line.
            if line.endswith(b"\n"):
                yield f"{os.path.basename(path)}:{number}", json.loads(line)


def wrong_below(folder: str, since: float) -> List[str]:
    """What is wrong with the files below a folder that were changed since then."""
    found = []
    for where, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(where, name)
            which, lines = FILES.get(name, ("", False))
            if os.path.basename(where) == "learned" and name.endswith(".json"):
                which = "learned"
            if not which or os.path.islink(path) or not os.path.isfile(path) or (
                    os.stat(path).st_mtime < since):
                continue
            short = os.path.getsize(path) < LONG
            try:
                found += [f"{place}: {error}" for place, value in _values(path, lines)
                          for error in wrong(which, value, short)]
            except ValueError as error:
                found.append(f"{name}: {error}")
    return found
