# SPDX-License-Identifier: LGPL-2.1-or-later
"""Coverage as lcov's tracefile, and as genhtml's pages."""
from __future__ import annotations

import os
import shutil
import subprocess
from typing import Iterator

from .. import invoked
from ..endings import run_tool
from ..errors import Refused, why
from ..lab import cache
from ..record import write_whole
from ..text import clean
from .data import Coverage

GENHTML_SECONDS = 600.0


def tracefile(coverage: Coverage) -> Iterator[str]:
    """Pieces of a tracefile (geninfo(1) has the format)."""
    for path in sorted(coverage.files):
        counts = coverage.files[path]
        yield f"TN:\nSF:{os.path.join(coverage.source, path)}\n"
        functions = sorted(counts.functions.items(), key=lambda one: one[1].line)
        for name, function in functions:
            yield f"FN:{function.line},{name}\n"
        for name, function in functions:
            yield f"FNDA:{function.count},{name}\n"
        for line in sorted(counts.branches):
            entered = counts.lines.get(line, 0)
            for at, taken in enumerate(counts.branches[line]):
                yield f"BRDA:{line},0,{at},{taken if entered else '-'}\n"
        for line in sorted(counts.lines):
            yield f"DA:{line},{counts.lines[line]}\n"
        yield "end_of_record\n"


def write(coverage: Coverage, folder: str) -> str:
    """Writes pages below the folder; the first of them. Raises Refused."""
    genhtml = cache.need_tool("genhtml", f"{invoked.setup('--lab')} installs it (lcov)")
    making = folder + ".making"
    shutil.rmtree(making, ignore_errors=True)
    try:
        os.makedirs(making)
        info = os.path.join(making, "coverage.info")
        write_whole(info, tracefile(coverage))
        done = run_tool([genhtml, "--quiet", "--branch-coverage", "--legend", "--title",
                         "huge page code of " + coverage.release, "--prefix", coverage.source,
                         "--output-directory", making, info], "genhtml", GENHTML_SECONDS,
                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            raise Refused(f"genhtml: {cache.last_line(done.stderr) or 'failed'}")
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(making, folder)
    except OSError as error:
        raise Refused(f"cannot write {clean(folder)}: {why(error)}") from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return os.path.join(folder, "index.html")
