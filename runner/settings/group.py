# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cgroup of the hugetlb controller for our programs, where the kernel has it: pages charged to it
are ours, and other pages in use belong to other users."""
from __future__ import annotations

import os
from typing import Optional, Tuple

from ..observe import machine
from .journal import Writer, write_setting


def _hierarchy() -> Optional[Tuple[str, bool]]:
    """The path of the controller's hierarchy, and whether it is version 2."""
    for path, kind, options in machine.mounted():
        if kind == "cgroup" and "hugetlb" in options:
            return path, False
        if kind == "cgroup2" and "hugetlb" in machine.read_text(
                f"{path}/cgroup.controllers").split():
            return path, True
    return None


def make(writer: Writer) -> Optional[str]:
    """Makes the group and records its removal in the journal. Returns its path, or None where there
    is no such controller, or where it cannot be used (in a container)."""
    found = _hierarchy()
    if not found:
        return None
    root, second = found
    control = f"{root}/cgroup.subtree_control"
    if not os.access(root, os.W_OK) or (second and not os.access(control, os.W_OK)):
        return None
    path = f"{root}/hugeproof-run-{os.getpid()}"
    try:
        if second:
            if "hugetlb" not in machine.read_text(control).split():
                writer.record({"undo": "write", "path": control, "value": "-hugetlb"})
                write_setting(control, "+hugetlb")
        writer.record({"undo": "rmdir", "path": path})
        os.mkdir(path, 0o755)
    except OSError:
        return None
    return path


def enter(path: str) -> None:
    """Moves the calling process into the group; raises OSError."""
    with open(f"{path}/cgroup.procs", "w", encoding="ascii") as file:
        file.write("0")
