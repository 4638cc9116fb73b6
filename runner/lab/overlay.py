# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command on folders of which it may change a copy only.

As a program: overlay.py FOLDER LAYER [FOLDER LAYER ...] -- COMMAND. Each FOLDER is
covered by an overlay that writes to LAYER/upper, in a mount name space of the
command's own: nothing stays mounted, however it ends.
"""
from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import List, Sequence, Tuple

_CLONE_NEWNS, _MS_REC, _MS_PRIVATE, _PR_SET_PDEATHSIG = 0x20000, 1 << 14, 1 << 18, 1


def command(folders: Sequence[Tuple[str, str]], argv: Sequence[str]) -> List[str]:
    """The command line that runs `argv` on (folder, layer). A layer is a folder on a
    file system that can hold an overlay's changes."""
    words = ["/usr/bin/python3", "-IS", os.path.abspath(__file__)]
    for folder, layer in folders:
        for name in ("upper", "work"):
            os.makedirs(os.path.join(layer, name), exist_ok=True)
        words += [folder, layer]
    return [*words, "--", *argv]


def _escaped(path: str) -> str:
    """overlayfs reads colons, commas and backslashes of its options."""
    return "".join("\\" + c if c in ":,\\" else c for c in path)


def _main(words: List[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    split = words.index("--")
    # We have one thread, and our parent may be killed.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if libc.unshare(_CLONE_NEWNS) or libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None):
        sys.exit(f"overlay: no mount name space: {os.strerror(ctypes.get_errno())}")
    for folder, layer in zip(words[:split:2], words[1:split:2]):
        options = (f"lowerdir={_escaped(folder)},upperdir={_escaped(layer)}/upper,"
                   f"workdir={_escaped(layer)}/work")
        if libc.mount(b"overlay", os.fsencode(folder), b"overlay", 0, os.fsencode(options)):
            sys.exit(f"overlay: cannot cover {folder}: {os.strerror(ctypes.get_errno())} "
                     "(this kernel needs CONFIG_OVERLAY_FS)")
    os.execvp(words[split + 1], words[split + 1:])


if __name__ == "__main__":
    _main(sys.argv[1:])
