# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folder of a run: run.json, results.jsonl, out/ (doc/formats.md)."""
from __future__ import annotations

import json
import os
import re
import time
from typing import Any, Dict, List, Optional, Tuple

from .errors import Refused, why
from .parts import joined
from .text import clean
from .verdicts import RANK

FORMAT = 2
# Of format 1 the summary counts what is broken as failed; the rest reads alike.
_READ = (1, FORMAT)
_RUN = re.compile(r"(\d{8}-\d{6})(?:-(\d+))?\Z")
Json = Dict[str, Any]


def write_whole(path: str, text: str) -> None:
    """Writes a file under a temporary name, syncs and renames it; raises OSError."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except OSError:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise


class Folder:
    """A run's folder, open for writing. Release with close()."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = os.path.basename(path)
        self._results = -1
        self._running = -1
        self._size = 0

    @classmethod
    def create(cls, parent: str) -> "Folder":
        """Makes a folder that did not exist. Raises Refused."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        try:
            os.makedirs(parent, exist_ok=True)
            for number in range(1, 1000):
                name = stamp if number == 1 else f"{stamp}-{number}"
                path = os.path.abspath(os.path.join(parent, name))
                try:
                    os.mkdir(path)
                except FileExistsError:
                    continue
                os.mkdir(os.path.join(path, "out"))
                return cls(path)._open()
        except OSError as error:
            raise Refused(f"cannot write results to {clean(parent)}: {why(error)} "
                          "(choose another folder with --results)") from None
        raise Refused(f"cannot write results to {clean(parent)}: too many runs of one second")

    @classmethod
    def begin_in(cls, path: str) -> "Folder":
        """Opens a folder that was made for this run and has no record yet. Raises Refused."""
        if os.path.exists(os.path.join(path, "run.json")):
            raise Refused(f"{clean(path)} holds a run already")
        return cls.resume(path)

    @classmethod
    def resume(cls, path: str) -> "Folder":
        """Opens a folder to go on with; a last line that was cut is taken away."""
        try:
            os.makedirs(os.path.join(path, "out"), exist_ok=True)
            folder = cls(os.path.abspath(path))._open()
            with open(os.path.join(path, "results.jsonl"), "rb") as file:
                folder._size = file.read().rfind(b"\n") + 1
            os.ftruncate(folder._results, folder._size)
            return folder
        except OSError as error:
            raise Refused(f"cannot write results to {clean(path)}: {why(error)}") from None

    def _open(self) -> "Folder":
        self._results = os.open(os.path.join(self.path, "results.jsonl"),
                                os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        return self

    def _refuse(self, error: OSError) -> Refused:
        return Refused(f"cannot write results to {clean(self.path)}: {why(error)}")

    def write_run(self, run: Json) -> None:
        """Writes run.json anew. Raises Refused."""
        try:
            write_whole(os.path.join(self.path, "run.json"), json.dumps(run, indent=1) + "\n")
        except OSError as error:
            raise self._refuse(error) from None

    def append(self, result: Json) -> None:
        """Adds a line to results.jsonl and syncs it. Raises Refused; then the
        file is as it was."""
        line = json.dumps(result, separators=(",", ":")).encode() + b"\n"
        try:
            if os.write(self._results, line) != len(line):
                raise OSError(28, os.strerror(28))
            os.fdatasync(self._results)
        except OSError as error:
            os.ftruncate(self._results, self._size)
            raise self._refuse(error) from None
        self._size += len(line)

    def running(self, name: str, limit_s: float, quiet_s: Optional[float] = None) -> None:
        """Tells in the file `running` which run of a program is under way, its time limit
        and how long it may say nothing, in seconds."""
        try:
            if self._running < 0:
                self._running = os.open(os.path.join(self.path, "running"),
                                        os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            text = f"{name}\n{limit_s:g}\n{limit_s if quiet_s is None else quiet_s:g}\n".encode()
            os.pwrite(self._running, text, 0)
            os.ftruncate(self._running, len(text))
        except OSError as error:
            raise self._refuse(error) from None

    def forget_running(self) -> None:
        """Nothing is under way any more; whoever said so may have taken it back."""
        try:
            os.unlink(os.path.join(self.path, "running"))
        except OSError:
            pass

    def out_paths(self, name: str) -> Tuple[str, str, str]:
        """Paths for what a program writes: both streams, and the first relative."""
        base = "out/" + name.replace("/", "-")
        full = os.path.join(self.path, base)
        return full + ".out", full + ".err", base + ".out"

    def put_aside(self, name: str, number: int) -> str:
        """Keeps what a program wrote until its guest died, for it will run again; where
        its output is now, relative."""
        out, err, relative = self.out_paths(name)
        for path in (out, err):
            try:
                os.rename(path, f"{path}.{number}")
            except OSError:
                pass
        return f"{relative}.{number}"

    def discard(self) -> None:
        """Removes the folder of a run that never began."""
        self.close()
        for name in ("run.json", "results.jsonl"):
            try:
                os.unlink(os.path.join(self.path, name))
            except OSError:
                pass
        for path in (os.path.join(self.path, "out"), self.path):
            try:
                os.rmdir(path)
            except OSError:
                pass

    def close(self) -> None:
        """Closes the files; nothing is running any more."""
        if self._running >= 0:
            os.close(self._running)
            self.forget_running()
        if self._results >= 0:
            os.close(self._results)
        self._running = self._results = -1


def _wrong_result(value: Any) -> Optional[str]:
    if not isinstance(value, dict):
        return "not a JSON object"
    if not isinstance(value.get("name"), str) or value.get("verdict") not in RANK:
        return "no name or no verdict"
    points = value.setdefault("points", [])
    if not isinstance(points, list):
        return "points is not a list"
    for point in points:
        if not isinstance(point, dict) or not isinstance(point.get("name"), str) or (
                point.get("verdict") not in RANK):
            return "a point without name or verdict"
        if not isinstance(point.setdefault("diagnostics", {}), dict):
            return "a point's diagnostics are not a map"
    for key, kind in (("counters", dict), ("left", dict), ("log", list), ("complaints", list),
                      ("log_processes", list)):
        if not isinstance(value.setdefault(key, kind()), kind):
            return f"{key} is not a {'map' if kind is dict else 'list'}"
    changed = value["counters"].setdefault("delta", {})
    if not isinstance(changed, dict) or not all(isinstance(v, int) for v in changed.values()):
        return "counters.delta is not a map of numbers"
    if not isinstance(value.setdefault("duration_ms", 0), (int, float)):
        return "duration_ms is not a number"
    return None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Refused(f"cannot read {clean(path)}: {why(error)}") from None


def load(path: str) -> Tuple[Json, List[Json]]:
    """A run's record: run.json, and the results in order; of two of one name the
    last counts, unless they are parts of one. A last line that was cut is left out.
    Raises Refused."""
    file = os.path.join(path, "run.json")
    try:
        run = json.loads(_read(file))
    except (ValueError, RecursionError) as error:
        raise Refused(f"{clean(file)} is not JSON: {clean(str(error))}") from None
    if not isinstance(run, dict) or run.get("format") not in _READ:
        raise Refused(f"{clean(file)} is not the record of a run of format {FORMAT}")
    plan = run.get("plan")
    if not isinstance(plan, list) or not all(isinstance(name, str) for name in plan):
        raise Refused(f"{clean(file)} has no list `plan`")
    file = os.path.join(path, "results.jsonl")
    results: Dict[str, Json] = {}
    for number, line in enumerate(_read(file).split(b"\n")[:-1], 1):
        try:
            value = json.loads(line)
            wrong = _wrong_result(value)
        except (ValueError, RecursionError):
            wrong = "not JSON"
        if wrong:
            raise Refused(f"{clean(file)}: line {number}: {wrong}")
        before = results.pop(value["name"], None)
        results[value["name"]] = joined(before, value) if before and before.get(
            "rest") else value
    return run, list(results.values())


def find_run(text: str, parent: str) -> str:
    """The folder of a run given as a path, a name, or `latest`. Raises Refused."""
    if text == "latest":
        try:
            names = [name for name in os.listdir(parent) if _RUN.match(name)]
        except OSError as error:
            raise Refused(f"no results in {clean(parent)}: {why(error)}") from None
        if not names:
            raise Refused(f"no results in {clean(parent)}")
        text = max(names, key=_order)
        return os.path.join(parent, text)
    for path in (text, os.path.join(parent, text)):
        if os.path.isdir(path):
            return path
    raise Refused(f"no run {clean(text)}: neither a folder nor a name in {clean(parent)}")


_SAVED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


def check_save(parent: str, name: str) -> None:
    """Refused unless a run below `parent` could be called so."""
    if not _SAVED.match(name) or _RUN.match(name) or name == "latest":
        raise Refused(f"a run cannot be called {clean(name)}: take letters, digits, . _ and -, "
                      "and nothing that looks like the name of another run")
    if os.path.lexists(os.path.join(parent, name)):
        raise Refused(f"{clean(os.path.join(parent, name))} is there already: choose another "
                      "name, or remove it")


def save_as(folder: str, parent: str, name: str) -> None:
    """Calls a run by one name more: a link beside it. Raises Refused."""
    try:
        os.symlink(os.path.relpath(folder, parent), os.path.join(parent, name))
    except OSError as error:
        raise Refused(f"cannot call the run {clean(name)} ({why(error)}): it is in "
                      f"{clean(folder)}") from None


def _order(name: str) -> Tuple[str, int]:
    match = _RUN.match(name)
    assert match
    return match.group(1), int(match.group(2) or 1)
