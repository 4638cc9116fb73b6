# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs one command; the exit status says how it ended."""
from __future__ import annotations

import argparse
import sys
from typing import List, Optional, Tuple

from . import output
from .commandline import parse
from .endings import raising
from .errors import Interrupted, Refused, lack


def main(argv: Optional[List[str]] = None) -> int:
    """Runs one command; returns the exit status of doc/formats.md."""
    output.prepare()
    with raising():
        status, recorded = _main(sys.argv[1:] if argv is None else argv)
    return output.finish(status, recorded)


def _main(argv: List[str]) -> Tuple[int, bool]:
    """The exit status, and whether what the command found is also on disk."""
    args = argparse.Namespace(recorded=False)
    status = 2
    try:
        args = parse(argv)
        status = int(args.module.run(args))
        sys.stdout.flush()
    except SystemExit as done:  # --help and --version
        status = int(done.code or 0)
    except Refused as refused:
        output.say(str(refused))
    except Interrupted as interrupted:
        output.give_up()
        output.say(f"interrupted by {interrupted}")
    except KeyboardInterrupt:
        output.give_up()
        output.say("interrupted")
    except Exception as error:  # pylint: disable=broad-except
        lacks = lack(error)
        if lacks:
            output.say(lacks)
        else:
            output.unexpected()
    return status, args.recorded
