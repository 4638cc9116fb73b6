# SPDX-License-Identifier: LGPL-2.1-or-later
"""The user that a guest's QEMU runs as, and whether that user can read what it needs."""
from __future__ import annotations

import os
import pwd
import random
import stat
from typing import Iterable, Set

# systemd takes the users of services with DynamicUser= from this range; none of them owns files.
FIRST, LAST = 61184, 65519
# At most this many files of a tree are looked at.
MOST_FILES = 50_000


def _busy() -> Set[int]:
    """The users of all processes."""
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                found.add(os.stat(f"/proc/{name}").st_uid)
            except OSError:
                pass
    return found


def unused() -> int:
    """The id of a user that has no name and no process, for one guest."""
    busy = _busy()
    while True:
        user = random.randint(FIRST, LAST)
        try:
            pwd.getpwuid(user)
        except KeyError:
            if user not in busy:
                return user


def _open_to_all(path: str) -> bool:
    mode = os.stat(path).st_mode
    if not stat.S_ISDIR(mode):
        return not stat.S_ISREG(mode) or bool(mode & stat.S_IROTH)
    return mode & (stat.S_IROTH | stat.S_IXOTH) == stat.S_IROTH | stat.S_IXOTH


def _reached_by_all(path: str) -> bool:
    above = path
    while above != "/":
        above = os.path.dirname(above)
        if not os.stat(above).st_mode & stat.S_IXOTH:
            return False
    return _open_to_all(path)


def anybody_can_read(paths: Iterable[str], enters: Iterable[str] = ()) -> bool:
    """True when every user can read these folders and all in them, except hidden files and
    results, and can enter the folders of `enters`."""
    looked = 0
    try:
        if not all(_reached_by_all(os.path.realpath(path)) for path in enters):
            return False
        for path in {os.path.realpath(path) for path in paths}:
            if not _reached_by_all(path):
                return False
            for at, folders, files in os.walk(path):
                folders[:] = [name for name in folders
                              if not name.startswith(".") and name != "results"]
                looked += len(folders) + len(files)
                if looked > MOST_FILES or not all(
                        _open_to_all(os.path.join(at, name)) for name in folders + files
                        if not os.path.islink(os.path.join(at, name))):
                    return False
    except OSError:
        return False
    return True
