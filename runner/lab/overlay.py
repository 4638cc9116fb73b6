# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command that sees copy-on-write copies of some folders in their place.

As a program: overlay.py FOLDER LAYER [FOLDER LAYER ...] -- COMMAND. An overlay that writes to
LAYER/upper is mounted over each FOLDER in a mount namespace of the command's own, so that nothing
stays mounted, however the command ends.
"""
from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import List, Sequence, Tuple

_CLONE_NEWNS, _MS_REC, _MS_PRIVATE, _PR_SET_PDEATHSIG = 0x20000, 1 << 14, 1 << 18, 1


def command(folders: Sequence[Tuple[str, str]], argv: Sequence[str]) -> List[str]:
    """The command line that runs `argv` with overlays of these (folder, layer) pairs. A layer is
    a folder on a file system that can be the upper layer of an overlay."""
    words = ["/usr/bin/python3", "-IS", os.path.abspath(__file__)]
    for folder, layer in folders:
        for name in ("upper", "work"):
            os.makedirs(os.path.join(layer, name), exist_ok=True)
        words += [folder, layer]
    return [*words, "--", *argv]


def _escaped(path: str) -> str:
    """Escapes colons, commas and backslashes for the mount options of overlayfs."""
    return "".join("\\" + c if c in ":,\\" else c for c in path)


def _main(words: List[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    split = words.index("--")
    # The command must end when our parent is killed.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if libc.unshare(_CLONE_NEWNS) or libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None):
        sys.exit(f"overlay: no mount namespace: {os.strerror(ctypes.get_errno())}")
    for folder, layer in zip(words[:split:2], words[1:split:2]):
        options = (f"lowerdir={_escaped(folder)},upperdir={_escaped(layer)}/upper,"
                   f"workdir={_escaped(layer)}/work")
        if libc.mount(b"overlay", os.fsencode(folder), b"overlay", 0, os.fsencode(options)):
            sys.exit(f"overlay: cannot cover {folder}: {os.strerror(ctypes.get_errno())} "
                     "(this kernel needs CONFIG_OVERLAY_FS)")
    os.execvp(words[split + 1], words[split + 1:])


if __name__ == "__main__":
    _main(sys.argv[1:])
