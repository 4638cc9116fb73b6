# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pages for people: one HTML file each, which needs no other."""
from __future__ import annotations

import os
from typing import Any, Dict

from ..errors import Refused


def render(name: str, values: Dict[str, Any]) -> str:
    """Fills a template of runner/report/pages. What comes from outside is escaped.
    Raises Refused without jinja2."""
    try:
        import jinja2  # type: ignore[import]
    except ImportError:
        raise Refused("HTML needs Python's jinja2: install python3-jinja2") from None
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pages")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return str(environment.get_template(name).render(values))
