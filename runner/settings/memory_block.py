# SPDX-License-Identifier: LGPL-2.1-or-later
"""The state of a block of memory, which a kernel may take for ever to change."""
from __future__ import annotations

import errno
import os
import signal
import time

from . import paths

# How long it may take to set a block offline or online.
SECONDS = 10


def write(path: str, value: str) -> None:
    """Writes the state of a block of memory; raises OSError. As long as a page of the block cannot
    be migrated the kernel tries again, until a signal arrives: a child writes, which is killed
    after SECONDS."""
    child = os.fork()
    if child == 0:
        code = errno.EIO
        try:
            paths.write(path, value)
            code = 0
        except OSError as error:
            code = error.errno or errno.EIO
        finally:
            os._exit(code)
    ends = time.monotonic() + SECONDS
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > ends:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    code = errno.EINTR if os.WIFSIGNALED(ended[1]) else os.WEXITSTATUS(ended[1])
    if code:
        raise OSError(code, os.strerror(code))
