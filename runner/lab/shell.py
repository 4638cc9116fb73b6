# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab shell: a guest whose console is this terminal."""
from __future__ import annotations

import shutil
import sys

from ..errors import Refused
from ..output import say
from ..text import clean
from . import initramfs
from .box import Box, keep_files
from .order import Order
from .prepare import prepare
from .terminal import attended

# How much can be written in a shell, in MB.
SHELL_MB = 1024


def shell(order: Order) -> int:
    """Runs a guest with its console on this terminal, until its shell exits."""
    if not sys.stdin.isatty():
        raise Refused("lab shell needs a terminal (lab run does without one)")
    setup = prepare(order)
    box = Box.make(room_mb=SHELL_MB, owner=setup.owner)
    settings = setup.settings("/dev/null", setup.results)
    size = shutil.get_terminal_size()
    settings.update(shell="", rows=str(size.lines), columns=str(size.columns))
    launch = setup.launch(settings)
    try:
        initramfs.write(launch.archive, setup.guest.kernel, setup.sharing, settings)
        launch.prepare(setup.shares(box))
        for number, line in enumerate(("stdio,id=console,signal=off", "null,id=output",
                                       "null,id=control")):
            name = line.partition("id=")[2].partition(",")[0]
            launch.argv += ["-chardev", line, *setup.guest.arch.line(name, number)]
        return 2 if attended(launch.start) else 0
    finally:
        launch.close()
        kept = keep_files(box, order.results, SHELL_MB << 20)
        box.close()
        if kept:
            say(f"what the guest wrote into {clean(order.results)} is in {clean(kept)}")
