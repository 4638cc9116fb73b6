# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folder of a call: the request, and a line for each mutant, written as soon as it was
tried."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Sequence

from .. import calls
from ..about import now
from ..errors import Refused, why
from ..reading import parse
from ..record import write_whole
from ..text import clean

CALL, LINES = "mutants.json", "mutants.jsonl"
FORMAT = 2
Json = Dict[str, Any]


def find(name: str, results: str) -> str:
    """The folder of a call by its path or name; `latest`: the last. Raises Refused."""
    return calls.find(name, results, "mutants", CALL)


class TrialLog:
    """Such a folder, new or resumed. Release with close()."""

    def __init__(self, where: str, call: Json, lines: Sequence[Json] = ()) -> None:
        self.where, self.call, self.lines = where, call, list(lines)
        # pylint: disable-next=consider-using-with
        self._file = open(os.path.join(where, LINES), "ab")

    @classmethod
    def new(cls, results: str, call: Json) -> "TrialLog":
        """A new folder below `results`, named by the time. Raises Refused."""
        where = calls.new_folder(results, "mutants")
        whole = {"format": FORMAT, "started": now(), **call}
        write_whole(os.path.join(where, CALL), json.dumps(whole, indent=1) + "\n")
        return cls(where, whole)

    @classmethod
    def resumed(cls, where: str) -> "TrialLog":
        """Opens the folder of an interrupted call; an incomplete last line is removed. Raises
        Refused."""
        call = asked(where)
        path = os.path.join(where, LINES)
        lines, whole = [], 0
        try:
            with open(path, "rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    lines.append(_line(line, path))
                    whole += len(line)
            os.truncate(path, whole)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise Refused(f"cannot read {clean(path)}: {why(error)}") from None
        return cls(where, call, lines)

    def add(self, line: Json) -> None:
        """Adds the line of a mutant, and returns when it is on disk."""
        self.lines.append(line)
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()
        os.fdatasync(self._file.fileno())

    def done(self) -> List[str]:
        """The names of those that have a line."""
        return [str(line["name"]) for line in self.lines]

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def asked(where: str) -> Json:
    """The request in such a folder. Raises Refused."""
    path = os.path.join(where, CALL)
    try:
        with open(path, "rb") as file:
            call = parse(file.read())
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise Refused(f"cannot read {clean(path)}: {reason}") from None
    if not isinstance(call, dict) or call.get("format") != FORMAT:
        raise Refused(f"{clean(path)} is not of format {FORMAT}: begin a new call")
    return call


def _line(line: bytes, path: str) -> Json:
    try:
        value = parse(line)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not isinstance(
            value.get("state"), str):
        raise Refused(f"{clean(path)} has a line that is no mutant's")
    return value
