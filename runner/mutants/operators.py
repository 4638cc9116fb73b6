# SPDX-License-Identifier: LGPL-2.1-or-later
"""The mutation operators, which make small mistakes in C. They work on clang's syntax tree and
change the text of a node; the numbers of lines do not change."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .unit import Unit, cindex, whole

# The operators, with the text by which a survivor is described.
OPERATORS: Dict[str, str] = {
    "statement_dropped": "a call or an assignment is left out",
    "condition_negated": "a condition is negated",
    "condition_true": "a condition always holds",
    "condition_false": "a condition never holds",
    "error_path_skipped": "what follows an error is as if there was none",
    "boundary_moved": "< for <=, <= for <, > for >=, >= for >",
    "one_more": "a number is greater by one",
    "one_less": "a number is less by one",
    "flag_left_out": "one of a | b is left out",
    "unlock_order": "an unlock comes one statement too early",
    "arguments_swapped": "two arguments of one type are swapped",
}
_MOVED = {b"<": b"<=", b"<=": b"<", b">": b">=", b">=": b">"}
_ASSIGNS = (b"=", b"+=", b"-=", b"|=", b"&=", b"*=", b"/=", b"^=", b"<<=", b">>=", b"%=")
_UNLOCK = re.compile(rb"\w*unlock\w*\(|up_(?:read|write)\(")
# Calls that only report, assert or annotate; changing them has no effect that a test could see.
REPORTS = re.compile(rb"(?:pr_|printk|trace_|lockdep_|might_|cond_resched|BUG|WARN|VM_BUG|VM_WARN"
                     rb"|kasan_|kmsan_)\w*\(")


@dataclass(frozen=True)
class Change:
    """The replacement of the text from `begin` to `end`. `line`: the line that must have been
    executed for it to matter; `statement`: where its statement begins."""

    operator: str
    begin: int
    end: int
    text: bytes
    line: int
    statement: int


class Walk:
    """Walks through a function and finds all possible changes."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        kind = cindex.CursorKind
        self._finders: Dict[Any, Callable[[Any, List[Any], int], Iterator[Change]]] = {
            kind.COMPOUND_STMT: self._block, kind.IF_STMT: self._if, kind.WHILE_STMT: self._while,
            kind.CONDITIONAL_OPERATOR: self._choice, kind.BINARY_OPERATOR: self._binary,
            kind.COMPOUND_ASSIGNMENT_OPERATOR: self._assigned, kind.CALL_EXPR: self._call,
            kind.RETURN_STMT: self._returned, kind.VAR_DECL: self._declared,
            kind.ARRAY_SUBSCRIPT_EXPR: self._indexed, kind.LABEL_STMT: self._last,
            kind.CASE_STMT: self._last, kind.DEFAULT_STMT: self._last, kind.FOR_STMT: self._last}
        self._plain = (kind.CALL_EXPR, kind.BINARY_OPERATOR, kind.COMPOUND_ASSIGNMENT_OPERATOR,
                       kind.UNARY_OPERATOR)
        self._leaves = (kind.GOTO_STMT, kind.RETURN_STMT)
        types = cindex.TypeKind
        self._numbers = (types.INT, types.UINT, types.LONG, types.ULONG, types.LONGLONG,
                         types.ULONGLONG, types.SHORT, types.USHORT)

    def changes(self, function: Any) -> Iterator[Change]:
        """All changes of a function, each once."""
        seen = set()
        for change in self._of(function, 0):
            place = change.begin, change.end, change.text
            if place not in seen and whole(change.text) and whole(
                    self.unit.text[change.begin:change.end]):
                seen.add(place)
                yield change

    def _of(self, cursor: Any, statement: int) -> Iterator[Change]:
        children = list(cursor.get_children())
        finder = self._finders.get(cursor.kind)
        where = self.unit.range(cursor)
        if finder and where:
            yield from finder(cursor, children, statement)
        for child in children:
            begin = statement
            if cursor.kind.is_statement() or not statement:
                at = self.unit.range(child)
                begin = self.unit.line(at[0]) if at else statement
            yield from self._of(child, begin)

    def _made(self, operator: str, where: Tuple[int, int], text: bytes, statement: int,
              line: int = 0) -> Change:
        """Makes a change that keeps the number of lines."""
        before = self.unit.text[where[0]:where[1]].count(b"\n")
        text += b"\n" * (before - text.count(b"\n"))
        own = line or self.unit.line(where[0])
        return Change(operator, *where, text, own, statement or own)

    def _text(self, where: Tuple[int, int]) -> bytes:
        return self.unit.text[where[0]:where[1]]

    def _inside(self, outer: Any, inner: Any) -> Optional[Tuple[int, int]]:
        """The range of a part within a whole; None unless it is smaller than the whole."""
        whole, part = self.unit.range(outer), self.unit.range(inner)
        if not whole or not part or whole == part or part[0] < whole[0] or part[1] > whole[1]:
            return None
        return part

    def _is_plain(self, cursor: Any, children: List[Any]) -> bool:
        """True for a statement that is a call or an assignment, and does not only report."""
        where = self.unit.range(cursor)
        if cursor.kind not in self._plain or not where or REPORTS.match(self._text(where)):
            return False
        text = self._text(where)
        if cursor.kind == cindex.CursorKind.UNARY_OPERATOR:
            return text.startswith((b"++", b"--")) or text.endswith((b"++", b"--"))
        if cursor.kind == cindex.CursorKind.BINARY_OPERATOR:
            return self._operator(cursor, children) == b"="
        return True

    def _operator(self, cursor: Any, children: List[Any]) -> bytes:
        """The operator between the two operands."""
        if len(children) != 2:
            return b""
        left, right = (self._inside(cursor, child) for child in children)
        return self.unit.text[left[1]:right[0]].strip() if left and right else b""

    def _block(self, cursor: Any, children: List[Any], _statement: int) -> Iterator[Change]:
        where = self.unit.range(cursor)
        if not where or not self._text(where).startswith(b"{"):
            return
        for child in children:
            yield from self._dropped(cursor, child)
        for first, second in zip(children, children[1:]):
            one, two = self._inside(cursor, first), self._inside(cursor, second)
            if (one and two and second.kind == cindex.CursorKind.CALL_EXPR
                    and _UNLOCK.match(self._text(two))
                    and self._is_plain(first, list(first.get_children()))):
                between = self.unit.text[one[1]:two[0]]
                if between.strip() == b";":
                    yield self._made("unlock_order", (one[0], two[1]),
                                     self._text(two) + between + self._text(one), 0)

    def _last(self, cursor: Any, children: List[Any], _statement: int) -> Iterator[Change]:
        """The statement behind a label, or the body of a loop."""
        yield from self._dropped(cursor, children[-1])

    def _dropped(self, outer: Any, child: Any) -> Iterator[Change]:
        where = self._inside(outer, child)
        if where and self._is_plain(child, list(child.get_children())):
            yield self._made("statement_dropped", where, b"(void)0", 0)

    def _if(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        where = self._inside(cursor, children[0])
        if not where or not self._text(self.unit.range(cursor) or where).startswith(b"if"):
            return
        for child in children[1:]:
            yield from self._dropped(cursor, child)
        yield from self._condition(where, statement, ("condition_negated", "condition_true"))
        then = children[1]
        last = list(then.get_children())[-1:] if (
            then.kind == cindex.CursorKind.COMPOUND_STMT) else [then]
        begin = self.unit.range(then)
        if len(children) == 2 and begin and last and last[0].kind in self._leaves:
            yield self._made("error_path_skipped", where, b"((" + self._text(where) + b") && 0)",
                             statement, self._first_line(then))
        else:
            yield from self._condition(where, statement, ("condition_false",))

    def _first_line(self, block: Any) -> int:
        """The line of the first statement of a block, or of a statement."""
        inner = list(block.get_children()) if (
            block.kind == cindex.CursorKind.COMPOUND_STMT) else []
        return int((inner[0] if inner else block).extent.start.line)

    def _condition(self, where: Tuple[int, int], statement: int, which: Tuple[str, ...]
                   ) -> Iterator[Change]:
        """Changes of a condition, which is still evaluated because it may have side effects."""
        text = self._text(where)
        made = {"condition_negated": b"!(" + text + b")", "condition_true": b"((" + text +
                b") || 1)", "condition_false": b"((" + text + b") && 0)"}
        for operator in which:
            yield self._made(operator, where, made[operator], statement)

    def _while(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        """Changes of a loop's condition, except to true, because an endless loop is always
        noticed."""
        where = self._inside(cursor, children[0])
        if where and self._text(self.unit.range(cursor) or where).startswith(b"while"):
            yield from self._condition(where, statement, ("condition_negated",
                                                          "condition_false"))

    def _choice(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        where = self._inside(cursor, children[0])
        if where and len(children) == 3:
            yield from self._condition(where, statement, (
                "condition_negated", "condition_true", "condition_false"))

    def _binary(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        operator = self._operator(cursor, children)
        if operator in _MOVED:
            left, right = (self._inside(cursor, child) for child in children)
            assert left and right
            at = self.unit.text.index(operator, left[1])
            yield self._made("boundary_moved", (at, at + len(operator)), _MOVED[operator],
                             statement)
        elif operator == b"|":
            yield from self._flags(cursor, children, statement)
        elif operator == b"=":
            yield from self._assigned(cursor, children, statement)

    def _flags(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        whole = self.unit.range(cursor)
        left, right = (self._inside(cursor, child) for child in children)
        assert whole and left and right
        several = self._operator(children[0], list(children[0].get_children())) == b"|"
        for kept in [left] if several else [left, right]:
            yield self._made("flag_left_out", whole, self._text(kept), statement)

    def _assigned(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        if self._operator(cursor, children) in _ASSIGNS:
            yield from self._number(self._inside(cursor, children[1]), children[1], statement)

    def _returned(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        for child in children:
            yield from self._number(self._inside(cursor, child), child, statement)

    def _declared(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        """Changes of a variable's initial value, which is its last child."""
        if children and children[-1].kind.is_expression():
            yield from self._number(self._inside(cursor, children[-1]), children[-1], statement)

    def _indexed(self, cursor: Any, children: List[Any], statement: int) -> Iterator[Change]:
        yield from self._number(self._inside(cursor, children[-1]), children[-1], statement)

    def _number(self, where: Optional[Tuple[int, int]], cursor: Any, statement: int
                ) -> Iterator[Change]:
        if where and cursor.type.get_canonical().kind in self._numbers:
            text = self._text(where)
            for operator, more in (("one_more", b" + 1"), ("one_less", b" - 1")):
                yield self._made(operator, where, b"(" + text + b")" + more, statement)

    def _call(self, cursor: Any, _children: List[Any], statement: int) -> Iterator[Change]:
        whole = self.unit.range(cursor)
        if not whole or REPORTS.match(self._text(whole)):
            return
        arguments = [(self._inside(cursor, one), one) for one in cursor.get_arguments()]
        for where, one in arguments:
            yield from self._number(where, one, statement)
        for at, (first, one) in enumerate(arguments):
            for second, other in arguments[at + 1:]:
                if (first and second and first[1] <= second[0] and self._text(first) !=
                        self._text(second) and one.type.get_canonical().spelling ==
                        other.type.get_canonical().spelling):
                    between = self.unit.text[first[1]:second[0]]
                    yield self._made("arguments_swapped", (first[0], second[1]),
                                     self._text(second) + between + self._text(first), statement)
