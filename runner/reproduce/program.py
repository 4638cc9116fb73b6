# SPDX-License-Identifier: LGPL-2.1-or-later
"""A transcript as a C program that needs only a C library and root."""
from __future__ import annotations

import os
from typing import Dict, List, Tuple

from .transcript import Act, Transcript

# The default number of rounds: failures that depend on the previous content of memory do not show
# each time.
ROUNDS = 10
_TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reproducer.c.in")


def _call(act: Act) -> str:
    numbers = act.numbers
    return {"=": lambda: f"counts({', '.join(map(str, numbers))});",
            "map": lambda: f"map({numbers[0]}, {numbers[1]});",
            "read": lambda: f"touch(READ, {numbers[0]}, {numbers[1]}, {numbers[2]});",
            "write": lambda: f"touch(WRITE, {numbers[0]}, {numbers[1]}, {numbers[2]});",
            "drop": lambda: f"check(madvise(page({numbers[0]}), {numbers[1]} * PAGE, "
                            "MADV_DONTNEED), 0, \"madvise\");",
            "unmap": lambda: "check(munmap(area, area_size), 0, \"munmap\");",
            "cut": lambda: f"check(ftruncate(fd, {numbers[0]} * PAGE), 0, \"ftruncate\");",
            "punch": lambda: "check(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, "
                             f"{numbers[0]} * PAGE,\n\t\t\t{numbers[1]} * PAGE), 0, "
                             "\"fallocate of a hole\");",
            "allocate": lambda: f"check(fallocate(fd, 0, {numbers[0]} * PAGE, {numbers[1]} * "
                                f"PAGE), {'0' if numbers[2] else 'ENOSPC'},\n\t      "
                                "\"fallocate\");",
            "resize": lambda: f"set_pages({numbers[0]});",
            "close": lambda: "check(close(fd), 0, \"close\");"}[act.verb]()


def in_words(act: Act) -> str:
    """A step as readable text."""
    numbers = act.numbers
    who = "the child " if act.child else ""
    return who + {
        "map": lambda: f"mmap of {numbers[0]} pages" + ("" if numbers[1] else
                                                        ", which must fail with ENOMEM"),
        "read": lambda: f"reads page {numbers[0]}" + ("" if numbers[2] else ": SIGBUS"),
        "write": lambda: f"writes page {numbers[0]}" + ("" if numbers[2] else ": SIGBUS"),
        "drop": lambda: f"MADV_DONTNEED of {numbers[1]} pages from page {numbers[0]}",
        "unmap": lambda: "munmap", "fork": lambda: "fork", "exit": lambda: "the child exits",
        "cut": lambda: f"ftruncate to {numbers[0]} pages",
        "punch": lambda: f"fallocate punches {numbers[1]} pages from page {numbers[0]}",
        "allocate": lambda: f"fallocate of {numbers[1]} pages from page {numbers[0]}"
                            + ("" if numbers[2] else ", which must fail with ENOSPC"),
        "resize": lambda: f"nr_hugepages = {numbers[0]}", "close": lambda: "close"}[act.verb]()


def _split(transcript: Transcript) -> Tuple[List[str], List[List[str]]]:
    """The lines of main() and those of each child."""
    main: List[str] = []
    children: List[List[str]] = []
    number = 0
    for act in transcript.acts:
        if act.verb == "=":
            main.append(_call(act))
            continue
        number += 1
        main.append(f"step({number}, \"{in_words(act)}\");")
        if act.verb == "fork":
            children.append([])
            main.append(f"begin_child(child_{len(children)});")
        elif act.verb == "exit":
            main.append("end_child();")
        elif act.child:
            children[-1] += ["await_step();", f"step({number}, \"{in_words(act)}\");",
                             _call(act), "end_step();"]
            main.append("give_step();")
        else:
            main.append(_call(act))
    return main, children


def _body(lines: List[str]) -> str:
    return "".join(f"\t{line}\n" for line in lines)


def in_comment(line: str) -> str:
    """A line for a C comment, escaped so that it cannot end, nest or continue one."""
    for mark, instead in (("*/", "* /"), ("/*", "/ *"), ("??", "? ?"), ("\\", "|")):
        line = line.replace(mark, instead)
    return line


def with_parts(template: str, parts: Dict[str, bool]) -> str:
    """The template without the lines between `//IF part` and `//END` for parts that are not needed,
    because compilers warn of unused functions."""
    found, shown = [], True
    for line in template.splitlines(keepends=True):
        if line.startswith("//IF "):
            shown = parts[line.split()[1]]
        elif line.startswith("//END"):
            shown = True
        elif shown:
            found.append(line)
    return "".join(found)


def text(transcript: Transcript, head: List[str], rounds: int = ROUNDS) -> str:
    """The C program, which repeats everything `rounds` times; `head` are the lines of its first
    comment."""
    main, children = _split(transcript)
    functions = "".join(f"static void child_{number}(void)\n{{\n{_body(lines)}\tawait_step();\n"
                        "}\n\n" for number, lines in enumerate(children, 1))
    total, _, rsvd, surp = transcript.begins
    verbs = {act.verb for act in transcript.acts}
    steps = any(act.child for act in transcript.acts)
    with open(_TEMPLATE, encoding="ascii") as file:
        template = with_parts(file.read(), {
            "touch": not verbs.isdisjoint(("read", "write")), "fork": "fork" in verbs,
            "exit": "exit" in verbs, "steps": steps, "say": steps or "exit" in verbs,
            "page": not verbs.isdisjoint(("read", "write", "drop"))})
    for mark, value in (
            ("@PAGE_KB@", str(transcript.page_kb)), ("@FLAGS@", transcript.flags),
            ("@TOTAL@", str(total - surp)), ("@RESERVED@", str(rsvd)),
            ("@ROUNDS@", str(rounds)), ("@OVERCOMMIT@", str(transcript.overcommit)),
            ("@BEGINS@", ", ".join(map(str, transcript.begins))),
            ("@CHILDREN@", functions.rstrip("\n") + ("\n" if functions else "")),
            ("@STEPS@", _body(main).rstrip("\n")),
            # This comes last, because the text from the record may contain template marks.
            ("@HEAD@", "\n".join(f" * {in_comment(line)}".rstrip() for line in head))):
        template = template.replace(mark, value)
    return template
