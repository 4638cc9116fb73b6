# SPDX-License-Identifier: LGPL-2.1-or-later
"""Readers of other tools' formats, which follow the rules of those tools: each returns the names
that it finds, in order, with the state that its tool takes them for."""
from __future__ import annotations

import re
import shlex
import subprocess
import xml.etree.ElementTree
from typing import Any, Dict, List, Tuple

Found = List[Tuple[str, str]]
_SLUG = re.compile(r"[^A-Za-z0-9_-]+")


def slug(text: str) -> str:
    """A name as Linaro's parsers make it of a line."""
    return _SLUG.sub("_", re.sub(r"\[[0-9]{1,5}\]", "", text)).strip("_").replace("_-", "__")


def linaro(text: str) -> Found:
    """Linaro's parser of kselftest: results of the outer level by a TAP parser, and those of the
    comments before each of them by the same, as its parts. A failure is one whatever its
    directive; of a skip the reason becomes a part of the name."""
    from tap.parser import Parser  # type: ignore[import]
    found: Found = []
    inner: List[str] = []
    for line in Parser().parse_text(text):
        if line.category == "diagnostic":
            inner.append(line.text[1:].strip())
        elif line.category == "test":
            name = line.description.strip()
            name = name[len("selftests:"):] if name.startswith("selftests:") else name
            reason = line.directive.text[len("skip"):] if line.ok and line.skip else ""
            name = slug(f"{name} {reason}")
            found += [(f"{name}_{part}", state) for part, state in linaro("\n".join(inner) + "\n")]
            found.append((name, ("skip" if line.skip else "pass") if line.ok else "fail"))
            inner = []
    return found


def linaro_before(text: str) -> Found:
    """Linaro's earlier parser: patterns anywhere in a line, and a name in front of each result
    that is the last group's."""
    found, group = [], ""
    for line in text.splitlines():
        result = re.search(r"(not )?ok [0-9]{1,5} (.*)$", line)
        if "# selftests: " in line:
            group = slug(line.partition("selftests:")[2])
        elif result:
            skip = not result.group(1) and "# SKIP" in result.group(2)
            name = slug(re.sub("# .*" if result.group(1) else "# SKIP", "", result.group(2)))
            state = "fail" if result.group(1) else "skip" if skip else "pass"
            found.append((name[len("selftests_"):] if name == f"selftests_{group}" else
                          f"{group}_{name}", state))
    return found


def openqa(text: str) -> Dict[str, Tuple[str, Found]]:
    """openQA's reader of KTAP: groups begin with a comment `selftests:` and end with a result of
    that name; comments in the form of a result are their steps, except skips. The state of a
    group, and its steps."""
    groups: Dict[str, Tuple[str, Found]] = {}
    name, state, steps = "", "", []  # type: Tuple[str, str, Found]
    for line in text.splitlines():
        begin = re.match(r"#\s*selftests:\s+(.*)", line)
        step = re.match(r"#\s*(ok|not ok)\s+[0-9]+\s+([^#]*)", line)
        end = re.match(r"(ok|not ok) [0-9]+ (- )?selftests: ", line)
        if begin:
            assert not name, f"{name} has no end"
            name, state, steps = begin.group(1), "passed", []
        elif step and name:
            if re.search(r"#\s*SKIP\b", line, re.I):
                continue
            todo = re.search(r"#\s*TODO\b", line, re.I)
            steps.append((step.group(2).strip(), "softfail" if todo else step.group(1)))
            state = "fail" if step.group(1) == "not ok" and not todo else state
        elif end and name:
            if end.group(1) == "not ok":
                state = "fail"
            elif re.search(r"#\s*SKIP\b", line, re.I):
                state = "skip"
            assert name not in groups, f"{name} twice"
            groups[name], name = (state, steps), ""
    assert not name, f"{name} has no end"
    return groups


def tap_parser(text: str) -> Found:
    """Perl's TAP::Parser, which prove and openQA use."""
    program = ("use TAP::Parser; my $p = TAP::Parser->new({tap => do {local $/; <STDIN>}});"
               "while (my $r = $p->next) { next unless $r->type eq 'test';"
               "print $r->has_skip ? 'skip' : $r->has_todo ? 'todo' : $r->is_actual_ok ? 'pass' "
               ": 'fail', \"\\t\", $r->description, \"\\n\" }"
               "die join '; ', $p->parse_errors if $p->parse_errors;")
    done = subprocess.run(["perl", "-e", program], input=text, check=True, encoding="utf-8",
                          stdout=subprocess.PIPE)
    return [(name, state) for state, _, name in (
        line.partition("\t") for line in done.stdout.splitlines())]


def kunit(group: Any, path: str = "") -> Found:
    """What the kernel's kunit.py writes as JSON: tests, and groups of them."""
    found = []
    for each in group["sub_groups"]:
        found += kunit(each, f"{path}{each['name']}/")
    return found + [(path + case["name"], case["status"].lower())
                    for case in group["test_cases"]]


def avocado(text: str, column: int) -> Dict[int, Dict[str, int]]:
    """avocado's test of libhugetlbfs: the numbers of the summary in two columns, for 32 and
    64 bits."""
    found: Dict[int, Dict[str, int]] = {32: {}, 64: {}}
    inside = False
    for line in text.splitlines():
        if line == "********** TEST SUMMARY":
            inside = True
        elif line == "**********":
            inside = False
        elif inside and ":" in line:
            row, numbers = line.split(":")
            for bits, number in zip((32, 64), numbers.split()[column:column + 2]):
                found[bits][row.lstrip("* ")] = int(number)
    return found


def libhugetlbfs(text: str) -> Found:
    """The lines that fleets look for in the output of libhugetlbfs's tests."""
    return re.findall(r"^(\S.* \(\S+: (?:32|64)\)):\t([A-Z]+)(?:\t.*)?$", text, re.M)


def squad(data: Any) -> Found:
    """SQUAD: the last `/` ends the suite; a word that is neither pass nor fail is a skip."""
    found = []
    for name, value in data.items():
        suite, _, test = name.rpartition("/")
        word = value["result"] if isinstance(value, dict) else value
        found.append((f"{suite}/{test}" if suite else test,
                      word if word in ("pass", "fail") else "skip"))
    return found


def jenkins(path: str) -> List[str]:
    """Jenkins's xUnit plugin: what its schema does not take of a JUnit file. Times have no
    exponent, those of suites at most three digits behind the point."""
    wrong = []
    allowed = {
        "testsuites": {"name", "time", "tests", "failures", "errors"},
        "testsuite": {"name", "tests", "failures", "errors", "time", "skipped", "timestamp",
                      "hostname", "id", "package", "file"},
        "testcase": {"name", "time", "classname"}, "failure": {"type", "message"},
        "error": {"type", "message"}, "skipped": {"type", "message"}, "properties": set(),
        "property": {"name", "value"}, "system-out": set(), "system-err": set()}
    for element in xml.etree.ElementTree.parse(path).iter():
        wrong += [f"{element.tag} has {key}" for key in element.keys()
                  if key not in allowed[element.tag]]
        digits = "*" if element.tag == "testcase" else "{0,3}"
        if not re.fullmatch(rf"[0-9]*(\.[0-9]{digits})?", element.get("time", "")):
            wrong.append(f"{element.tag} took {element.get('time')}")
    return wrong


def lava(text: str) -> Tuple[Found, Dict[str, Tuple[float, str]]]:
    """LAVA: results, and measurements with their units, of the calls of lava-test-case."""
    found, figures = [], {}
    for line in text.splitlines():
        words = shlex.split(line)
        assert words[0] == "lava-test-case" and words[2] == "--result", line
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", words[1]), line
        assert words[3] in ("pass", "fail", "skip", "unknown"), line
        options = dict(zip(words[4::2], words[5::2]))
        assert not set(options) - {"--measurement", "--units"}, line
        if options:
            assert re.fullmatch(r"[^<>= ]+", options["--units"]), line
            figures[words[1]] = float(options["--measurement"]), options["--units"]
        else:
            found.append((words[1], words[3]))
    return found, figures
