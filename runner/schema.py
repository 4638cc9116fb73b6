# SPDX-License-Identifier: LGPL-2.1-or-later
"""Validates data by the JSON schemas of doc/schema.

The runner also works in guests without jsonschema, so that it interprets the part of JSON Schema
that these schemas use. It is stricter than the standard in one way: 1.0 is not an integer.
"""
from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from typing import Any, Callable, Dict, FrozenSet, List, Optional

# A check returns the error in a value, with its place in front; None if it is valid.
Check = Callable[[Any], Optional[str]]
_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                       "doc", "schema")
_TYPES: Dict[str, Any] = {"object": dict, "array": list, "string": str, "integer": int,
                          "number": (int, float), "boolean": bool, "null": type(None)}
_WORDS = {"object": "a map", "array": "a list", "string": "a text", "integer": "a whole number",
          "number": "a number", "boolean": "true or false", "null": "null"}
_NOTES = frozenset(("$schema", "$id", "title", "description", "definitions"))


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _exact(kinds: Any) -> FrozenSet[type]:
    names = [kinds] if isinstance(kinds, str) else kinds
    return frozenset(kind for name in names for kind in (
        _TYPES[name] if isinstance(_TYPES[name], tuple) else (_TYPES[name],)))


def _types(kinds: Any) -> Check:
    exact = _exact(kinds)
    expected = " or ".join(_WORDS[name] for name in ([kinds] if isinstance(kinds, str) else kinds))
    return lambda value: None if type(value) in exact else f"is not {expected}"


def _alike(schema: Any, top: Dict[str, Any]) -> FrozenSet[type]:
    """The types that a schema accepts, if it demands nothing else, so that many values can be
    checked at once; empty if it demands more."""
    if isinstance(schema, dict) and "$ref" in schema:
        schema = top["definitions"].get(schema["$ref"].rpartition("/")[2])
    return _exact(schema["type"]) if isinstance(schema, dict) and schema.keys() == {
        "type"} else frozenset()


def _any_of(checks: List[Check], exactly_one: bool) -> Check:
    def check(value: Any) -> Optional[str]:
        wrong = [check(value) for check in checks]
        right = wrong.count(None)
        if right == 1 or (right and not exactly_one):
            return None
        return next(filter(None, wrong)) if not right else "is more than one thing"
    return check


def _object(schema: Dict[str, Any], top: Dict[str, Any]) -> Check:
    known = {key: _compiled(part, top) for key, part in schema.get("properties", {}).items()}
    other = schema.get("additionalProperties", True)
    rest = None if isinstance(other, bool) else _compiled(other, top)
    required, least = schema.get("required", ()), schema.get("minProperties", 0)
    alike = frozenset() if known else _alike(other, top)

    def check(value: Any) -> Optional[str]:
        if not isinstance(value, dict):
            return None
        for key in required:
            if key not in value:
                return f"has no {key}"
        if len(value) < least:
            return "has too few keys"
        if alike and alike.issuperset(map(type, value.values())):
            return None
        for key, item in value.items():
            one = known.get(key, rest)
            if one is None:
                if key not in known and other is False:
                    return f"has no place for {key[:40]}"
                continue
            wrong = one(item)
            if wrong:
                return _placed(f".{key[:40]}", wrong)
        return None
    return check


def _array(schema: Dict[str, Any], top: Dict[str, Any]) -> Check:
    one = _compiled(schema["items"], top) if "items" in schema else None
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    alike = _alike(schema.get("items"), top)

    def check(value: Any) -> Optional[str]:
        if not isinstance(value, list):
            return None
        if len(value) < least or (most is not None and len(value) > most):
            return "has too few or too many items"
        if one and not (alike and alike.issuperset(map(type, value))):
            for number, item in enumerate(value):
                wrong = one(item)
                if wrong:
                    return _placed(f"[{number}]", wrong)
        return None
    return check


def _number(schema: Dict[str, Any]) -> Check:
    least, most = schema.get("minimum"), schema.get("maximum")
    above = schema.get("exclusiveMinimum")

    def check(value: Any) -> Optional[str]:
        if not _is(value, "number"):
            return None
        if (least is not None and value < least) or (above is not None and value <= above):
            return "is too small"
        return "is too large" if most is not None and value > most else None
    return check


def _string(schema: Dict[str, Any]) -> Check:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    # In JSON Schema $ matches only at the end; Python's also matches before a final line feed.
    pattern = re.compile(re.sub(r"\$\Z", r"\\Z", schema["pattern"])) if (
        "pattern" in schema) else None

    def check(value: Any) -> Optional[str]:
        if not isinstance(value, str):
            return None
        if len(value) < least:
            return "is empty" if least == 1 else "is too short"
        if most is not None and len(value) > most:
            return "is too long"
        return None if pattern is None or pattern.search(value) else "is not of its form"
    return check


def _words(words: List[Any]) -> Check:
    def check(value: Any) -> Optional[str]:
        return None if any(value == word and isinstance(value, bool) == isinstance(word, bool)
                           for word in words) else "is none of what it can be"
    return check


_KINDS = {"object": ("properties", "additionalProperties", "required", "minProperties"),
          "array": ("items", "minItems", "maxItems"),
          "number": ("minimum", "maximum", "exclusiveMinimum"),
          "string": ("minLength", "maxLength", "pattern")}
_KNOWN = frozenset(sum(_KINDS.values(), ("type", "enum", "const", "anyOf", "oneOf", "$ref")))


def _placed(place: str, wrong: str) -> str:
    return place + ("" if wrong[0] in ".[" else " ") + wrong


def _compiled(schema: Dict[str, Any], top: Dict[str, Any]) -> Check:
    strange = schema.keys() - _KNOWN - _NOTES
    if strange:
        raise ValueError(f"a schema with {', '.join(sorted(strange))}")
    if "$ref" in schema:
        prefix, _, name = schema["$ref"].rpartition("/")
        if prefix != "#/definitions":
            raise ValueError(f"a schema that refers to {schema['$ref']}")
        return _compiled(top["definitions"][name], top)
    checks: List[Check] = []
    if "type" in schema:
        checks.append(_types(schema["type"]))
    if "enum" in schema or "const" in schema:
        checks.append(_words(schema.get("enum", [schema.get("const")])))
    for key in ("anyOf", "oneOf"):
        if key in schema:
            checks.append(_any_of([_compiled(part, top) for part in schema[key]],
                                  key == "oneOf"))
    has = [kind for kind, keys in _KINDS.items() if any(key in schema for key in keys)]
    if "object" in has:
        checks.append(_object(schema, top))
    if "array" in has:
        checks.append(_array(schema, top))
    checks += [_number(schema)] * ("number" in has) + [_string(schema)] * ("string" in has)
    if len(checks) == 1:
        return checks[0]

    def check(value: Any) -> Optional[str]:
        for one in checks:
            wrong = one(value)
            if wrong:
                return wrong
        return None
    return check


def compiled(schema: Dict[str, Any]) -> Check:
    """Compiles a schema to a check. Raises ValueError for one that uses more of JSON Schema than is
    interpreted here."""
    check = _compiled(schema, schema)

    def whole(value: Any) -> Optional[str]:
        wrong = check(value)
        return wrong and wrong.lstrip(".")
    return whole


@lru_cache(maxsize=None)
def checker(name: str) -> Check:
    """The check of doc/schema/NAME.schema.json."""
    with open(os.path.join(_FOLDER, f"{name}.schema.json"), encoding="ascii") as file:
        return compiled(json.load(file))
