# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is copied to a machine under test: the runner, the programs, lists of known issues."""
from __future__ import annotations

import importlib.util
import os
import tarfile
import tempfile
from typing import Any, BinaryIO, Dict, List, Optional, Sequence

from .. import known_list
from ..errors import Refused, why
from ..programs import find, programs_folder
from ..text import clean

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Python's packages that the runner may need there, which are copied where they are plain Python.
_PACKAGES = ("tap", "yaml", "more_itertools")
# Where they are in the archive: the runner with its lists and schemas, the programs, the packages.
RUNNER, PROGRAMS, PACKAGES, KNOWN = "hugeproof", "programs", "python", "known.d"


def _plain(entry: tarfile.TarInfo) -> Optional[tarfile.TarInfo]:
    """Files and folders as root's, which anybody may read; nothing else."""
    if not (entry.isfile() or entry.isdir()) or "__pycache__" in entry.name or (
            entry.name.endswith((".so", ".pyc"))):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def _packages() -> Dict[str, str]:
    """The folders or files of the packages that are here, by their names there."""
    found = {}
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            whole = os.path.dirname(spec.origin) if spec.submodule_search_locations else spec.origin
            found[f"{PACKAGES}/{os.path.basename(whole)}"] = whole
    return found


def pack(programs: Optional[str], kinds: Sequence[str], named: List[str],
         none: bool) -> BinaryIO:
    """An archive. `programs`: their folder, as --programs has it; `named` are lists of known
    issues beside those of this machine, and with `none` there are none at all. Raises Refused."""
    top = programs_folder(programs)
    things = {os.path.join(RUNNER, "run_tests.py"): os.path.join(TOP, "run_tests.py"),
              f"{RUNNER}/runner": os.path.join(TOP, "runner"),
              f"{RUNNER}/doc/schema": os.path.join(TOP, "doc", "schema"), **_packages()}
    if os.path.exists(known_list.own()):
        things[f"{RUNNER}/known-issues.json"] = known_list.own()
    for program in find(top, kinds):
        things[f"{PROGRAMS}/{os.path.relpath(program.path, top)}"] = program.path
    return _archive({**things, **issues(named, none)})


def pack_issues(named: List[str], none: bool) -> BinaryIO:
    """An archive with nothing but the lists. Raises Refused."""
    return _archive(issues(named, none))


def issues(named: List[str], none: bool) -> Dict[str, str]:
    """The lists of known issues in the order in which they are read, except the project's own."""
    paths = [] if none else [path for path in known_list.files(named) if path != known_list.own()]
    for path in paths:
        known_list.read(path)
    return {f"{KNOWN}/{number:03}.json": path for number, path in enumerate(paths, 1)}


def _archive(things: Dict[str, str]) -> BinaryIO:
    file: Any = tempfile.TemporaryFile()  # pylint: disable=consider-using-with
    try:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1, dereference=True) as tar:
            # A folder of programs has this one, whatever kind it is of.
            for name in (KNOWN, PROGRAMS, f"{PROGRAMS}/tests"):
                folder = tarfile.TarInfo(name)
                folder.type, folder.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(folder)
            for name, path in things.items():
                tar.add(path, name, filter=_plain)
        file.flush()  # It is read by another descriptor.
    except OSError as error:
        file.close()
        raise Refused(f"cannot pack {clean(str(error.filename or 'the programs'))}: {why(error)}"
                      ) from None
    packed: BinaryIO = file
    return packed
