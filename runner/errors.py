# SPDX-License-Identifier: LGPL-2.1-or-later
"""The exceptions that end a command without a result."""
from __future__ import annotations

import errno
from typing import Optional


class Refused(Exception):
    """An error in one line, which names the cause and the remedy; the exit status is 2."""


class Interrupted(BaseException):
    """A signal asked the run to end; the argument is the signal's name. It may be raised anywhere
    (endings.raising), and is not an Exception, so that `except Exception` does not catch it."""


class Tainted(Exception):
    """A program left the kernel or the machine in a state in which the next could not be judged;
    the argument describes it."""


# The exit status of a run that has to be continued in a new boot (func --new-boot-when-tainted).
NEW_BOOT = 4


def why(error: OSError) -> str:
    """The text of an error, without its number and path."""
    return error.strerror or str(error)


# Errors of missing resources, with which any call may fail.
_LACKING = frozenset((errno.EMFILE, errno.ENFILE, errno.EFBIG, errno.ENOMEM, errno.EAGAIN,
                      errno.ENOSPC, errno.EDQUOT))


def lack(error: Exception) -> Optional[str]:
    """A text about the resource that the runner lacks, if that is all that the error means."""
    if isinstance(error, MemoryError):
        return "the runner itself has too little memory (ulimit -v, or the machine's)"
    if isinstance(error, OSError) and error.errno in _LACKING:
        place = f" ({error.filename})" if isinstance(error.filename, str) else ""
        return (f"the runner itself cannot go on: {why(error)}{place}: give it more (ulimit -a "
                "and df show what there is)")
    return None
