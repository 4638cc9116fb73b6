# SPDX-License-Identifier: LGPL-2.1-or-later
"""Self-contained HTML pages."""
from __future__ import annotations

import os
from typing import Any, Dict, Iterator

from ..errors import Refused
from ..text import printed


def pieces(name: str, values: Dict[str, Any]) -> Iterator[str]:
    """Fills a template of runner/report/pages, piece by piece. All values are escaped. Raises
    Refused without jinja2."""
    try:
        import jinja2  # type: ignore[import]
        from markupsafe import Markup
    except ImportError:
        raise Refused("HTML needs Python's jinja2: install python3-jinja2") from None

    def shown(value: Any) -> Any:
        """Escapes characters that HTML cannot hold, and those that change the text's direction."""
        return printed(value) if isinstance(value, str) and not isinstance(
            value, Markup) else value

    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pages")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined, finalize=shown)
    stream = environment.get_template(name).stream(values)
    stream.enable_buffering(100)
    return iter(stream)


def render(name: str, values: Dict[str, Any]) -> str:
    """The filled template as one text."""
    return "".join(pieces(name, values))
