# SPDX-License-Identifier: LGPL-2.1-or-later
"""The unbroken kernel from which mutants are made, and the guests in which they are tried."""
from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple

from ..errors import Refused
from ..lab import arch, kernel, origin, source
from ..lab.options import of_words
from ..lab.order import Order
from ..lab.patch import Workshop
from ..lab.prepare import available_mb, prepare
from ..lab.setup import Setup
from ..programs import Program
from ..request import Request, Selection
from .trial import top_of

__all__ = ["DEFAULT_GUEST", "Workshop", "setup", "unbroken"]
DEFAULT_GUEST = ["--nodes", "2", "--memory", "4G", "--swap", "256M"]


def unbroken(word: Optional[str] = None, made_for: Optional[arch.Arch] = None
             ) -> Tuple[kernel.Tree, str]:
    """The lab's kernel, or that of another source, built for this machine or another architecture,
    and its image. Raises Refused."""
    found = origin.of_word(word) if word else source.packaged()
    assert found is not None
    tree = kernel.Tree(found, kernel.fragment_path(), made_for or arch.of_this_machine())
    return tree, tree.bring_up()[0]


def setup(words: Sequence[str], results: str, programs: Dict[str, Program], jobs: int,
          word: Optional[str] = None) -> Setup:
    """A guest with these options besides the usual ones, and with the kernel of another source if
    one is named. `jobs` of them run at a time. Raises Refused when memory is too small for
    that."""
    kernels = ["--kernel", f"build:{word}"] if word else []
    made = prepare(Order(of_words([*DEFAULT_GUEST, *words, *kernels], "Guest"), results,
                         Request(selection=Selection(programs=top_of(programs)))))
    available = available_mb()
    if available is not None and jobs > 1 and jobs * made.guest.memory_mb > available:
        raise Refused(f"--jobs {jobs}: guests of {made.guest.memory_mb} MB each, and "
                      f"{available} MB are available")
    return made
