# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cgroup of our own of the hugetlb controller, where the kernel has it: what is charged to
it is ours, and what the pool has in use beyond it is somebody else's."""
from __future__ import annotations

import os
from typing import Optional, Tuple

from ..observe import machine
from .journal import Writer, write_setting


def _hierarchy() -> Optional[Tuple[str, bool]]:
    """Where the controller is, and whether that is version 2."""
    for path, kind, options in machine.mounted():
        if kind == "cgroup" and "hugetlb" in options:
            return path, False
        if kind == "cgroup2" and "hugetlb" in machine.read_text(
                f"{path}/cgroup.controllers").split():
            return path, True
    return None


def make(writer: Writer) -> Optional[str]:
    """Makes the group and journals the way back; its path, or None where there is no such
    controller, or it is not ours to use (a container)."""
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
    """Moves the calling process in; raises OSError."""
    with open(f"{path}/cgroup.procs", "w", encoding="ascii") as file:
        file.write("0")
