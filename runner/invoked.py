# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the suite was called, and where it keeps its runs. The installed command (scripts/hugeproof)
says both in its environment; in a source tree nothing does."""
from __future__ import annotations

import os
import shlex
import sys

# The command that was typed, for lines that can be typed as they are; guests are told the host's.
COMMAND = "HUGEPROOF_COMMAND"
# The parent folder of runs where no --results is given.
RESULTS = "HUGEPROOF_RESULTS"
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_SCRIPT = "run_tests.py"


def typed() -> str:
    said = os.environ.get(COMMAND)
    if said:
        return said
    return sys.argv[0] if os.path.basename(sys.argv[0]) == _SCRIPT else _SCRIPT


def command(words: str = "") -> str:
    """The command as it was typed, followed by these words: `hugeproof list`,
    `./run_tests.py list`."""
    return f"{shlex.quote(typed())} {words}".rstrip()


def name() -> str:
    """The name before an error: `hugeproof`, `run_tests.py`."""
    return os.path.basename(typed())


def in_source_tree() -> bool:
    """True where the suite was not installed, but runs from its source."""
    return os.path.exists(os.path.join(TOP, "configure.ac"))


def setup(options: str = "") -> str:
    """The command that installs packages: in a source tree it works before anything is built."""
    return f"scripts/setup {options}".rstrip() if in_source_tree() else command(f"setup {options}")


def results() -> str:
    """The parent folder of runs, where no option names one."""
    return os.environ.get(RESULTS) or "results"


def shown_results() -> str:
    """The same for a text of help."""
    return os.environ.get(RESULTS) or "./results"


def shipped(path: str) -> str:
    """The path, or that of the suite's own file of this name if there is none: what the
    documentation calls doc/patches/NAME or slowdowns/NAME is found from any folder."""
    own = os.path.join(TOP, path)
    return own if not os.path.exists(path) and os.path.isfile(own) else path
