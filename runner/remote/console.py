# SPDX-License-Identifier: LGPL-2.1-or-later
"""A command that shows the console of a machine: a client of conserver, ipmitool, a serial line."""
from __future__ import annotations

import os
import pty
import subprocess
import time
import tty
from typing import Callable, Dict, Optional

from ..endings import dies_with_us, held
from ..errors import Refused, why
from ..text import clean
from .ssh import end

# After this time a command that has ended is started again: a console server may be restarted, or
# let one client in at a time.
AGAIN_SECONDS = 5.0


class Console:
    """Such a command, on a terminal of its own, which most clients need. Release with close()."""

    def __init__(self, command: str, env: Dict[str, str], note: Callable[[str], None]) -> None:
        self._command, self._env, self._note = command, env, note
        self._child: "Optional[subprocess.Popen[bytes]]" = None
        self.fd = -1
        self._again = 0.0
        self._start()

    def _start(self) -> None:
        self.fd, inner = pty.openpty()
        try:
            tty.setraw(inner)
            os.set_blocking(self.fd, False)
            with held():
                self._child = subprocess.Popen(  # pylint: disable=consider-using-with
                    [*dies_with_us(), "/bin/sh", "-c", self._command], stdin=inner, stdout=inner,
                    stderr=inner, env={**os.environ, **self._env}, start_new_session=True)
        except OSError as error:
            raise Refused(f"cannot run {clean(self._command)}: {why(error)}") from None
        finally:
            os.close(inner)

    def read(self) -> bytes:
        """What is new. Starts the command again when it has ended, and says so."""
        if self.fd < 0:
            if time.monotonic() < self._again:
                return b""
            self._start()
        data = b""
        try:
            while len(data) < 1 << 20:
                piece = os.read(self.fd, 1 << 16)
                if not piece:
                    break
                data += piece
        except BlockingIOError:
            return data
        except OSError:  # The other end of the terminal is closed.
            pass
        if not data and self._child:
            status = self._child.poll()
            self._note(f"the console's command {clean(self._command)} has ended"
                       + (f" with exit status {status}" if status is not None else "")
                       + f": it is started again in {AGAIN_SECONDS:g} s")
            self.close()
            self._again = time.monotonic() + AGAIN_SECONDS
        return data

    def close(self) -> None:
        """Ends the command."""
        if self._child:
            end(self._child)
            self._child = None
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
