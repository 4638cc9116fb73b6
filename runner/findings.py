# SPDX-License-Identifier: LGPL-2.1-or-later
"""The findings about a run of a program: each fault separately, and those that count besides the
points."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .text import clean
from .verdicts import NOT_WELL, RANK, worst

Json = Dict[str, Any]
# How many findings of a run are recorded; unexplained ones come first.
MAX_RECORDED = 100
# The kinds of findings about things that were left behind.
LEFT = ("process", "segment", "mount", "setting")


@dataclass
class Finding:
    """One fault. `names` are the names by which a known issue may refer to it: that of its point,
    or of the run of the program. `line` is the line of the kernel log; `counter` is wrong by
    `change`; `bit` is a bit of the taint; `known` is the issue that explains it."""

    kind: str
    verdict: str
    text: str
    names: Tuple[str, ...]
    line: str = ""
    counter: str = ""
    change: int = 0
    bit: int = -1
    got: Optional[str] = None
    known: Optional[str] = None

    def as_json(self) -> Json:
        """For results.jsonl."""
        return {"kind": self.kind, "name": self.names[0], "verdict": self.verdict,
                "text": clean(self.text, 1000), "known": self.known}


def _merged(kind: str, found: Sequence[Finding]) -> str:
    """The findings of one kind as one text."""
    texts = [finding.text for finding in found]
    if kind == "log":
        return texts[0] + (f" (and {len(texts) - 1} more)" if len(texts) > 1 else "")
    if kind == "taint":
        return f"kernel became tainted: {', '.join(texts)}"
    if kind == "left":
        return f"left behind: {', '.join(texts)}"
    return (", " if kind == "counter" else "; ").join(texts)


def summary(found: Sequence[Finding]) -> str:
    """One text for the findings, the worst first. Points that have no result because the program
    ended, and the last lines of a guest that died, add nothing to the ending and are left out."""
    ends = {finding.verdict for finding in found if finding.kind in ("end", "death")}
    groups: Dict[Tuple[str, str], List[Finding]] = {}
    for number, finding in enumerate(found):
        kind = "left" if finding.kind in LEFT else finding.kind
        if kind in ("point", "log") and finding.verdict in ends:
            continue
        same = kind if kind in ("left", "counter", "log", "taint") else f"{kind} {number}"
        groups.setdefault((finding.verdict, same), []).append(finding)
    parts = []
    for verdict, kind in sorted(groups, key=lambda key: RANK[key[0]], reverse=True):
        text = _merged(kind, groups[verdict, kind])
        if kind.startswith("point "):
            name = groups[verdict, kind][0].names[0]
            text = f"{name}: {text}" if text else name
        parts.append(text)
    return "; ".join(parts)


def reason(found: Sequence[Finding]) -> str:
    """Why a run did not pass. Where known issues explain a part of it, the rest comes first."""
    rest = [finding for finding in found if finding.known is None]
    if not rest or len(rest) == len(found):
        return summary(found)
    ids = dict.fromkeys(finding.known for finding in found if finding.known)
    return f"{summary(rest) or rest[0].text}; beside what is known ({', '.join(map(str, ids))})"


def known(found: Sequence[Finding], ids: Sequence[str]) -> Optional[str]:
    """The issue that explains the worst finding, the first in `ids` if there are several; None
    unless every finding is explained."""
    if any(finding.known is None for finding in found):
        return None
    top = worst(finding.verdict for finding in found)
    names = {finding.known for finding in found if finding.verdict == top}
    return next((name for name in ids if name in names), None)


def recorded(found: Sequence[Finding]) -> List[Json]:
    """The findings for results.jsonl: unexplained ones first, and the worst first."""
    first = sorted(found, key=lambda finding: (finding.known is not None,
                                               -RANK[finding.verdict]))
    return [finding.as_json() for finding in first[:MAX_RECORDED]]


def only_disturbed(result: Json) -> bool:
    """True when other processes disturbed a run, and every worse finding is explained: known
    issues do not make a disturbed result certain."""
    rest = (finding["verdict"] for finding in result["findings"] if finding["known"] is None)
    return "disturbed" in (result["verdict"], worst(rest))


@dataclass(frozen=True)
class Beyond:
    """The part of a run's verdict that its points do not show."""

    verdict: str
    reason: Optional[str]
    known: Optional[str]


def beyond(result: Json) -> Optional[Beyond]:
    """What a result has besides its points: something worse than all of them, or something
    unexplained that is worse than their unexplained failures."""
    shown = worst(point["verdict"] for point in result["points"])
    whole = Beyond(result["verdict"], result.get("reason"), result.get("known"))
    own = [finding for finding in result.get("findings") or []
           if finding["kind"] != "point" and finding["verdict"] in NOT_WELL]
    if result["verdict"] not in NOT_WELL:
        return None
    if not own:
        # The record is from before there were findings, and all its points are known.
        hidden = not result.get("findings") and not whole.known and all(
            point.get("known") for point in result["points"] if point["verdict"] in NOT_WELL)
        return whole if hidden or RANK[whole.verdict] > RANK[shown] else None
    rest = [finding for finding in own if finding["known"] is None]
    unknown = worst(point["verdict"] for point in result["points"] if not point.get("known"))
    verdict = worst(finding["verdict"] for finding in rest or own)
    if RANK[worst(finding["verdict"] for finding in own)] <= RANK[shown] and (
            not rest or RANK[verdict] <= RANK[unknown]):
        return None
    if verdict == whole.verdict and bool(whole.known) != bool(rest):
        return whole
    issue = None if rest else max(own, key=lambda one: RANK[one["verdict"]])["known"]
    texts = dict.fromkeys(finding["text"] for finding in rest or own)
    return Beyond(verdict, clean("; ".join(texts), 1000), issue)


def beyond_points(result: Json) -> bool:
    """True when the run has a fault that none of its points shows."""
    return beyond(result) is not None
