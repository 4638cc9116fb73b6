# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folder of a run: run.json, results.jsonl, out/ (doc/formats.md)."""
from __future__ import annotations

import os
import re
import secrets
import time
from typing import Any, Dict, Iterable, List, Optional, Tuple, Union

from . import salvage
from .endings import check
from .errors import Refused, why
from .reading import FORMAT, Results, load
from .result_line import as_json, as_line
from .text import clean

__all__ = ["FORMAT", "Folder", "Json", "Results", "check_save", "find_run", "load", "save_as",
           "write_whole"]
_RUN = re.compile(r"([0-9]{8}-[0-9]{6})(?:-([1-9][0-9]{0,8}))?\Z")
Json = Dict[str, Any]


def write_whole(path: str, text: Union[str, Iterable[str]], folder: Optional[int] = None) -> None:
    """Writes a file, by its name in the open `folder` if there is one, from one text or from
    pieces, under a temporary name, syncs and renames it. The temporary name is not predictable, so
    that no other user can place a link there. Raises OSError."""
    path = path if folder is None else os.path.basename(path)
    temporary = f"{path}.{secrets.token_hex(8)}.tmp"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                 0o666, dir_fd=folder)
    try:
        with open(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines([text] if isinstance(text, str) else text)
            file.flush()
            os.fsync(fd)
        os.rename(temporary, path, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        try:
            os.unlink(temporary, dir_fd=folder)
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
        """Makes a new folder whose name sorts after those of all runs there, even if the clock was
        set back. Raises Refused."""
        try:
            os.makedirs(parent, exist_ok=True)
            stamp, number = time.strftime("%Y%m%d-%H%M%S"), 1
            newest = max(map(_order, _runs(parent)), default=("", 0))
            if newest >= (stamp, number):
                stamp, number = newest[0], newest[1] + 1
            while True:
                name = stamp if number == 1 else f"{stamp}-{number}"
                path = os.path.abspath(os.path.join(parent, name))
                try:
                    os.mkdir(path, 0o755)
                    break
                except FileExistsError:
                    number += 1
            os.mkdir(os.path.join(path, "out"), 0o755)
            return cls(path)._open()
        except OSError as error:
            raise Refused(f"cannot write results to {clean(parent)}: {why(error)} "
                          "(choose another folder with --results)") from None

    @classmethod
    def begin_in(cls, path: str) -> "Folder":
        """Opens a folder that was made for this run and has no record yet. Raises Refused."""
        if os.path.exists(os.path.join(path, "run.json")):
            raise Refused(f"{clean(path)} holds a run already")
        return cls.resume(path)

    @classmethod
    def resume(cls, path: str, repair: bool = False) -> "Folder":
        """Opens the folder of a run to be resumed. An incomplete last line is removed; with
        `repair` all damaged lines are moved to results.damaged."""
        try:
            if repair:
                salvage.refuse_of_others(path)
            os.makedirs(os.path.join(path, "out"), 0o755, exist_ok=True)
            damaged = Results(os.path.join(path, "results.jsonl"), check).damaged_at if (
                repair) else []
            if damaged:
                salvage.put_aside(path, damaged)
            folder = cls(os.path.abspath(path))._open()
            folder._size = salvage.whole_size(os.path.join(path, "results.jsonl"))
            os.ftruncate(folder._results, folder._size)
            return folder
        except OSError as error:
            raise Refused(f"cannot write results to {clean(path)}: {why(error)}") from None

    def _open(self) -> "Folder":
        self._results = os.open(os.path.join(self.path, "results.jsonl"),
                                os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o644)
        return self

    def _refuse(self, error: OSError) -> Refused:
        return Refused(f"cannot write results to {clean(self.path)}: {why(error)}")

    def write_run(self, run: Json) -> None:
        """Writes run.json again. Raises Refused."""
        try:
            write_whole(os.path.join(self.path, "run.json"), as_json(run, 1) + "\n")
        except OSError as error:
            raise self._refuse(error) from None

    def append(self, result: Json) -> None:
        """Appends a line to results.jsonl and syncs it. Raises Refused, and leaves the file
        unchanged then."""
        line = as_line(result)
        try:
            if os.write(self._results, line) != len(line):
                raise OSError(28, os.strerror(28))
            os.fdatasync(self._results)
        except OSError as error:
            os.ftruncate(self._results, self._size)
            raise self._refuse(error) from None
        self._size += len(line)

    def running(self, name: str, limit_s: float, quiet_s: Optional[float] = None) -> None:
        """Writes to the file `running` which run of a program is under way, its time limit, and
        for how long it may print nothing, in seconds."""
        try:
            if self._running < 0:
                self._running = os.open(os.path.join(self.path, "running"),
                                        os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                                        | os.O_NOFOLLOW, 0o644)
            text = f"{name}\n{limit_s:g}\n{limit_s if quiet_s is None else quiet_s:g}\n".encode()
            os.pwrite(self._running, text, 0)
            os.ftruncate(self._running, len(text))
        except OSError as error:
            raise self._refuse(error) from None

    def forget_running(self) -> None:
        """Removes the file `running`, if it is there."""
        try:
            os.unlink(os.path.join(self.path, "running"))
        except OSError:
            pass

    def note_error(self, text: str) -> None:
        """Writes the traceback of a fault of the runner itself, if that is possible."""
        try:
            write_whole(os.path.join(self.path, "error.txt"), text)
        except OSError:
            pass

    def out_paths(self, name: str) -> Tuple[str, str, str]:
        """The paths for the two output streams of a program, and the relative one of the first."""
        base = "out/" + name.replace("/", "-")
        full = os.path.join(self.path, base)
        return full + ".out", full + ".err", base + ".out"

    def put_aside(self, name: str, number: int) -> str:
        """Renames the output of a program whose guest died, because it will run again; returns the
        relative path of its standard output."""
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
        """Closes the files, and removes `running`."""
        if self._running >= 0:
            os.close(self._running)
            self.forget_running()
        if self._results >= 0:
            os.close(self._results)
        self._running = self._results = -1


def newest_first(parent: str) -> List[str]:
    """The names of the runs below a folder; none where it cannot be read."""
    try:
        return sorted(_runs(parent), key=_order, reverse=True)
    except OSError:
        return []


def find_run(text: str, parent: str) -> str:
    """The folder of a run given as a path, a name, or `latest`. Raises Refused."""
    if text == "latest":
        try:
            names = _runs(parent)
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
    """Raises Refused unless a run below `parent` can get that name."""
    if not _SAVED.match(name) or _RUN.match(name) or name == "latest":
        raise Refused(f"a run cannot be called {clean(name)}: take letters, digits, . _ and -, "
                      "and nothing that looks like the name of another run")
    if os.path.lexists(os.path.join(parent, name)):
        raise Refused(f"{clean(os.path.join(parent, name))} is there already: choose another "
                      "name, or remove it")


def save_as(folder: str, parent: str, name: str) -> None:
    """Gives a run another name by a symbolic link beside it. Raises Refused."""
    try:
        os.symlink(os.path.relpath(folder, parent), os.path.join(parent, name))
    except OSError as error:
        raise Refused(f"cannot call the run {clean(name)} ({why(error)}): it is in "
                      f"{clean(folder)}") from None


def _runs(parent: str) -> List[str]:
    """Names of the runs below a folder. Raises OSError."""
    return [name for name in os.listdir(parent) if _RUN.match(name)]


def _order(name: str) -> Tuple[str, int]:
    match = _RUN.match(name)
    assert match
    return match.group(1), int(match.group(2) or 1)
