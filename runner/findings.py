# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was wrong with a run of a program, each thing by itself, and what of it counts
beside the points."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .text import clean
from .verdicts import NOT_WELL, RANK, worst

Json = Dict[str, Any]
# So many of a run are recorded, those that nothing explains first.
MAX_RECORDED = 100
# What was left behind.
LEFT = ("process", "segment", "mount", "setting")


@dataclass
class Finding:
    """One thing that was wrong. `names` are those by which a known issue may speak of it: of
    its point, or of the run of the program. `line` is that of the kernel's log, `counter` is
    off by `change`, `bit` is of the taint; `known` the issue that explains it."""

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
    """Findings of a kind in one text."""
    texts = [finding.text for finding in found]
    if kind == "log":
        return texts[0] + (f" (and {len(texts) - 1} more)" if len(texts) > 1 else "")
    if kind == "taint":
        return f"kernel became tainted: {', '.join(texts)}"
    if kind == "left":
        return f"left behind: {', '.join(texts)}"
    return (", " if kind == "counter" else "; ").join(texts)


def told(found: Sequence[Finding]) -> str:
    """One text for the findings, the worst first. Points that the program's end took along
    say no more than it does, nor do the words that a guest died with."""
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
    """Why a run is not well: where known issues explain a part of it, what they do not."""
    rest = [finding for finding in found if finding.known is None]
    if not rest or len(rest) == len(found):
        return told(found)
    ids = dict.fromkeys(finding.known for finding in found if finding.known)
    return f"{told(rest) or rest[0].text}; beside what is known ({', '.join(map(str, ids))})"


def known(found: Sequence[Finding], ids: Sequence[str]) -> Optional[str]:
    """The issue that explains the worst of the findings, the first of `ids` where there are
    several; None unless each finding is explained by some."""
    if any(finding.known is None for finding in found):
        return None
    top = worst(finding.verdict for finding in found)
    names = {finding.known for finding in found if finding.verdict == top}
    return next((name for name in ids if name in names), None)


def recorded(found: Sequence[Finding]) -> List[Json]:
    """For results.jsonl: those that are not explained first, then the worst first."""
    first = sorted(found, key=lambda finding: (finding.known is not None,
                                               -RANK[finding.verdict]))
    return [finding.as_json() for finding in first[:MAX_RECORDED]]


def only_disturbed(result: Json) -> bool:
    """True when others disturbed a run, and nothing that is worse is unexplained: what is
    known hides that nobody can tell."""
    rest = (finding["verdict"] for finding in result["findings"] if finding["known"] is None)
    return "disturbed" in (result["verdict"], worst(rest))


@dataclass(frozen=True)
class Beyond:
    """What the points of a run do not show of it."""

    verdict: str
    reason: Optional[str]
    known: Optional[str]


def beyond(result: Json) -> Optional[Beyond]:
    """What a line of results.jsonl has beside its points: something worse than all of them,
    or something unexplained that is worse than all that is unexplained of them."""
    shown = worst(point["verdict"] for point in result["points"])
    whole = Beyond(result["verdict"], result.get("reason"), result.get("known"))
    own = [finding for finding in result.get("findings") or []
           if finding["kind"] != "point" and finding["verdict"] in NOT_WELL]
    if result["verdict"] not in NOT_WELL:
        return None
    if not own:
        # Of a record from before there were findings, all whose points are known.
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
    """True when something is wrong with the run that none of its points shows."""
    return beyond(result) is not None
