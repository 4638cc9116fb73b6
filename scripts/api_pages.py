# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pages that scripts/api-doc writes: Markdown, and manual pages of section 3."""
from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

import mdoc


class Comment(NamedTuple):
    """A kernel-doc comment, parsed."""
    line: int
    name: str  # the name in the comment; "DOC" for a chapter
    short: str
    params: List[Tuple[str, str]]
    text: List[str]  # paragraphs
    sections: Dict[str, str]


class Item(NamedTuple):
    """What a header declares: a function, a macro, or something that is shown unchanged."""
    header: str
    line: int
    kind: str  # function, macro, constant, type
    name: str
    params: List[str]
    returns: bool
    code: str
    comment: Optional[Comment]
    chapter: str


INTRODUCTION = """# What programs use of lib/

Made by `make doc` from the comments in the headers of lib/, which say the same.
[writing-tests.md](writing-tests.md) tells how a test is written.

Every function and macro may be used in any process and thread of a case, unless it says
otherwise. What "fails the case" judges the kernel; what is "broken" judges nobody: set-up failed.
"Short of memory" and "tried again" mean that the case runs again, up to three times
([trust.md](trust.md)). Nothing needs to be undone by hand that is said to be undone, however the
case ends.

"""
_MAN_HEADS = {"Return": "RETURN VALUE", "Errors": "ERRORS"}


def header_of(item: Item) -> str:
    """The header that a program includes to use it."""
    return "hugeproof.h" if item.header.split("/", maxsplit=1)[0] in (
        "observe", "frame", "fixture") else item.header


def chapters(items: List[Item]) -> Dict[str, List[Item]]:
    """The documented items by purpose, in the order of the headers."""
    found: Dict[str, List[Item]] = {}
    for item in items:
        if item.chapter and (item.comment or item.kind in ("type", "constant")):
            found.setdefault(item.chapter, []).append(item)
    return found


def anchor(title: str) -> str:
    """The anchor that the usual renderers generate for a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def linked(text: str, names: Dict[str, str]) -> str:
    """The text, in which names that have a heading are links to it."""
    return re.sub(r"\b((?:hp|HP)_\w+)\(\)", lambda m: (
        f"[{m.group(1)}()](#{names[m.group(1)]})" if m.group(1) in names else m.group(0)),
        text.replace("<", "&lt;").replace("*", "\\*"))


def told(item: Item, comment: Comment, names: Dict[str, str]) -> str:
    """The section of one function or macro."""
    short = linked(comment.short[0].upper() + comment.short[1:], names)
    lines = [f"### {item.name}", "", f"{short}.", "", "```c",
             item.code + (";" if item.kind == "function" else ""), "```", ""]
    lines += [f"- `{name}`: {linked(text, names)}" for name, text in comment.params]
    if comment.params:
        lines.append("")
    for paragraph in comment.text:
        if paragraph.startswith(("\t", " ", "\n")):
            lines += ["```c", paragraph.strip("\n"), "```", ""]
        else:
            lines += [linked(paragraph, names), ""]
    lines += [f"*{head}*: {linked(text, names)}  " for head, text in comment.sections.items()]
    return "\n".join(lines + [""]) + "\n"


def markdown(items: List[Item]) -> str:
    """The whole reference."""
    parts = [INTRODUCTION, "## I want to ...\n\n"]
    names = {item.name: anchor(item.name) for item in items if item.comment}
    found = chapters(items)
    for title, of_it in found.items():
        known = [item.name for item in of_it if item.comment]
        parts.append(f"- [{title[0].lower()}{title[1:]}](#{anchor(title)}): "
                     + ", ".join(f"[{name}](#{names[name]})" for name in known) + "\n")
    for title, of_it in found.items():
        headers = sorted({header_of(item) for item in of_it})
        parts.append(f"\n## {title}\n\n" + " ".join(f"`#include \"{h}\"`" for h in headers)
                     + "\n\n")
        shown = [item.code for item in of_it if item.kind in ("type", "constant")]
        if shown:
            parts.append("```c\n" + "\n\n".join(shown) + "\n```\n\n")
        parts += [told(item, item.comment, names) for item in of_it if item.comment]
    return "".join(parts)


def roff(text: str) -> str:
    """The text, escaped so that it contains no requests."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line
                     for line in text.split("\n"))


def filled(text: str) -> List[str]:
    """The lines of a paragraph."""
    return list(mdoc.filled(roff(text).replace("\n\\&", "\n")))


def man(item: Item, comment: Comment, items: List[Item]) -> str:
    """The manual page of one function or macro."""
    page = [f'.TH {item.name.upper()} 3 "{mdoc.date()}" hugeproof "Library of hugeproof"',
            ".SH NAME", f"{item.name} \\- {roff(comment.short)}", ".SH SYNOPSIS", ".nf",
            f".B #include \\(dq{header_of(item)}\\(dq", ".PP",
            f".B {roff(item.code)}{';' if item.kind == 'function' else ''}", ".fi",
            ".SH DESCRIPTION"]
    for number, paragraph in enumerate(comment.text):
        # The first follows the head of its section.
        page += [".PP"] if number else []
        if paragraph.startswith(("\t", " ", "\n")):
            page += [".nf", roff(paragraph.strip("\n").expandtabs(4)), ".fi"]
        else:
            page += filled(paragraph)
    for name, text in comment.params:
        page += [".TP", f".I {roff(name)}", *filled(text)]
    for head, text in comment.sections.items():
        page += [f".SH {_MAN_HEADS[head]}" if head in _MAN_HEADS else f".SH {head.upper()}",
                 *filled(text)]
    near = [other.name for other in items if other.chapter == item.chapter and other.comment
            and other.name != item.name]
    if near:
        page += [".SH SEE ALSO", *filled(", ".join(near) + "; doc/api.md has all.")]
    return "\n".join(page) + "\n"
