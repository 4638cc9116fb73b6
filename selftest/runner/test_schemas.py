#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The schemas of hugeproof's own formats, and what their versions promise."""
from __future__ import annotations

import copy
import glob
import json
import os
import re
import unittest
from typing import Any, Dict, Iterator, List

import support
from runner import schema, verdicts
from runner.settings import journal_file

FOLDER = os.path.join(support.TOP, "doc", "schema")
NAMES = sorted(os.path.basename(path)[:-len(".schema.json")]
               for path in glob.glob(os.path.join(FOLDER, "*.schema.json")))
# One line of a run's record has the format of the run.
WITHOUT_NUMBER = ("result", "metric", "described", "mutants-line", "noticed", "journal", "kcidb")
# It uses more of JSON Schema than the runner interprets, which reads lists of known issues by a
# reader of their own.
BY_OTHERS = ("known-issues",)
# Submissions have their samples in test_formats.py; files of this tree are samples themselves.
ELSEWHERE = ("kcidb", "coverage", "coverage-apart")

with open(os.path.join(support.HERE, "promised.json"), encoding="ascii") as promised:
    _promised = json.load(promised)
# By schema and version. A sample is never changed nor removed: each is what a reader or a writer
# that is in use takes for that version.
PROMISED: Dict[str, Dict[str, List[Any]]] = _promised["samples"]
# The fields at the top of the newest version that are always there.
REQUIRED: Dict[str, List[str]] = _promised["required"]


def version(name: str) -> int:
    """The version in the identifier of a schema."""
    match = re.fullmatch(rf"urn:hugeproof:{name}:([1-9][0-9]*)", support.valid.rules(name)["$id"])
    assert match, name
    return int(match.group(1))


def without(value: Any) -> Iterator[Any]:
    """The value without each of its keys at the top."""
    for key in value:
        less = copy.copy(value)
        del less[key]
        yield key, less


class Schemas(unittest.TestCase):
    """All schemas of doc/schema."""

    def test_each_is_one(self) -> None:
        """It is a schema, the runner can interpret it, and its identifier has the version that the
        format has."""
        for name in NAMES:
            with self.subTest(name):
                rules = support.valid.rules(name)
                if name not in BY_OTHERS:
                    schema.compiled(rules)
                if support.valid.jsonschema:
                    support.valid.jsonschema.Draft7Validator.check_schema(rules)
                numbers = rules.get("properties", {}).get("format", {})
                newest = numbers.get("const") or numbers.get("maximum") or max(
                    numbers.get("enum", (0,)))
                self.assertEqual(newest or version(name), version(name))
                self.assertEqual(newest == 0, name in WITHOUT_NUMBER)

    def test_each_is_documented(self) -> None:
        with open(os.path.join(support.TOP, "doc", "formats.md"), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual([name for name in NAMES if f"](schema/{name}.schema.json)" not in text],
                         [])

    def test_what_a_version_promises(self) -> None:
        """Samples of each version up to the newest are valid, also of versions that are only read;
        one without a required field is not."""
        self.assertEqual(sorted(PROMISED), [name for name in NAMES if name not in ELSEWHERE])
        for name, versions in PROMISED.items():
            self.assertIn(str(version(name)), versions)
            for number, samples in versions.items():
                for sample in samples:
                    with self.subTest(f"{name} {number}: {json.dumps(sample)[:100]}"):
                        self.assertEqual([*support.valid.wrong(name, sample)], [])

    def test_what_is_required(self) -> None:
        """What a reader may rely on."""
        for name in PROMISED:
            for key in REQUIRED.get(name, ()):
                for sample in PROMISED[name][str(version(name))]:
                    less = {other: value for other, value in sample.items() if other != key}
                    with self.subTest(f"{name} without {key}"):
                        self.assertNotEqual([*support.valid.wrong(name, less)], [])

    def test_what_commands_print(self) -> None:
        """Programs.run() validates it."""
        programs = support.Programs()
        self.addCleanup(programs.close)
        programs.add("good", support.GOOD)
        for word in ("list", "probe"):
            done = programs.run(word, "--json")
            self.assertEqual((done.returncode, json.loads(done.stdout)["format"]), (0, 1))

    def test_of_this_tree(self) -> None:
        for path, name in (("known-issues.json", "known-issues"),
                           ("mutants/equivalent.json", "mutants-equivalent"),
                           ("doc/kernel-coverage-apart.json", "coverage-apart")):
            with open(os.path.join(support.TOP, path), encoding="utf-8") as file:
                self.assertEqual([*support.valid.wrong(name, json.load(file))], [], path)

    def test_verdicts(self) -> None:
        """The words are those of the runner."""
        words = set(verdicts.ORDER)
        result = support.valid.rules("result")["definitions"]["verdict"]["enum"]
        self.assertEqual(set(result), words)
        diff = support.valid.rules("diff")["definitions"]["word"]["enum"]
        self.assertEqual(set(diff), words | {"known", None})
        self.assertIsNotNone(schema.checker("result")({"name": "a/b", "verdict": "known"}))

    def test_journals(self) -> None:
        """The schema takes what the runner writes, and agrees with what it reads."""
        for sample in PROMISED["journal"]["2"][1:]:
            record = {key: value for key, value in sample.items() if key != "crc"}
            line = json.loads(journal_file.sealed(record))
            self.assertEqual([*support.valid.wrong("journal", line)], [])
            for key, less in without(record):
                sealed = json.loads(journal_file.sealed(less))
                self.assertEqual(schema.checker("journal")(sealed) is None,
                                 journal_file._well_formed(less), key)

    def test_what_is_wrong_is_found(self) -> None:
        """Also a field that no schema names."""
        result = PROMISED["result"]["2"][0]
        self.assertEqual([*support.valid.wrong("result", {**result, "new": 1})],
                         ["new is in no schema"])
        self.assertNotEqual([*support.valid.wrong("result", {**result, "verdict": "good"})], [])


if __name__ == "__main__":
    support.main()
