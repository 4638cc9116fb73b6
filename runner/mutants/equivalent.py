# SPDX-License-Identifier: LGPL-2.1-or-later
"""Generated mutants that were found to break nothing: mutants/equivalent.json."""
from __future__ import annotations

import os
from typing import Dict

from ..errors import Refused, why
from ..reading import parse
from ..schema import checker
from ..text import clean
from .sites import Key

FILE = "equivalent.json"


def load(path: str) -> Dict[Key, str]:
    """The reasons in that file by key; empty without such a file. Raises Refused."""
    if not os.path.exists(path):
        return {}
    try:
        with open(path, "rb") as file:
            value = parse(file.read())
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise Refused(f"cannot read {clean(path)}: {reason}") from None
    wrong = checker("mutants-equivalent")(value)
    if wrong:
        raise Refused(f"{clean(path)} {wrong}")
    found: Dict[Key, str] = {}
    for one in value["equivalent"]:
        key = one["file"], one["function"], one["operator"], one["line"], one["ordinal"]
        if key in found:
            raise Refused(f"{clean(path)} has a mutant twice: {clean(' '.join(map(str, key)))}")
        found[key] = one["reason"]
    return found
