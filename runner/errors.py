# SPDX-License-Identifier: LGPL-2.1-or-later
"""What stops a command before it has an answer."""
from __future__ import annotations

import errno
from typing import Optional


class Refused(Exception):
    """One clear line naming the thing and how to fix it; the exit status is 2."""


class Interrupted(BaseException):
    """A signal asked the run to end; the argument is the signal's name. It may be raised
    anywhere (endings.raising), and whoever takes any Exception for his own is passed by."""


class Tainted(Exception):
    """A program left a kernel or a machine behind on which the next could not be judged;
    the argument says how."""


# Exit status of a run that is to go on in a new boot (func --new-boot-when-tainted).
NEW_BOOT = 4


def why(error: OSError) -> str:
    """The error's text alone, without number and path."""
    return error.strerror or str(error)


# What any call may fail of, whatever it is for.
_LACKING = frozenset((errno.EMFILE, errno.ENFILE, errno.EFBIG, errno.ENOMEM, errno.EAGAIN,
                      errno.ENOSPC, errno.EDQUOT))


def lack(error: Exception) -> Optional[str]:
    """What the machine or a limit did not give us, where that is all that went wrong."""
    if isinstance(error, MemoryError):
        return "the runner itself has too little memory (ulimit -v, or the machine's)"
    if isinstance(error, OSError) and error.errno in _LACKING:
        place = f" ({error.filename})" if isinstance(error.filename, str) else ""
        return (f"the runner itself cannot go on: {why(error)}{place}: give it more (ulimit -a "
                "and df show what there is)")
    return None
