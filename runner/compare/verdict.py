# SPDX-License-Identifier: LGPL-2.1-or-later
"""The statistics: the ratio of each figure, its confidence interval, and a verdict."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..figures import Figure, median

WORDS = ("slower", "faster", "unclear", "same")
THRESHOLD = 0.03
# The probability of an error of the first kind, over all figures together.
LEVEL = 0.05
CONFIDENCE = 0.95
RESAMPLES = 9999
# The seed of the bootstrap, so that the same samples give the same interval.
SEED = 1
# Up to this many permutations of the samples the test is exact; beyond, it is approximated.
MOST_WAYS = 50000
# Up to this many samples of each side the test is exact.
MOST_EXACT = 100
# With fewer samples the bootstrap's interval contains the true value much less often than 95 %...
LEAST_SAMPLES = 5
# ...unless they hardly vary at all, as counted instructions do.
STILL = 0.002


@dataclass
class Verdict:
    """A figure before and after. `ratio` is after / before, of the medians, or inf if it is too
    large for a float; `low` and `high` are its 95 % interval, up to inf if it is not known; `p` is
    that of the Mann-Whitney test, `p_holm` is corrected for all figures."""

    name: str
    unit: str
    better: str
    before: Figure
    after: Figure
    ratio: float
    low: float
    high: float
    p: float
    p_holm: float = 1.0
    word: str = "unclear"

    @property
    def noise(self) -> float:
        """Half the width of the interval: the uncertainty of the ratio."""
        return (self.high - self.low) / 2

    def as_json(self) -> Dict[str, Any]:
        """For compare.json."""
        return {"name": self.name, "unit": self.unit, "better": self.better,
                "verdict": self.word,
                "ratio": self.ratio if math.isfinite(self.ratio) else None,
                "low": self.low if math.isfinite(self.high) else None,
                "high": self.high if math.isfinite(self.high) else None,
                "p": self.p, "p_holm": self.p_holm,
                "before": side_json(self.before), "after": side_json(self.after)}


def side_json(figure: Figure) -> Dict[str, Any]:
    """One side of a figure."""
    found: Dict[str, Any] = {"median": median(figure.values), "samples": figure.values}
    if figure.all:
        found.update(count=figure.all.count, **figure.all.quantiles())
    return found


def interval(before: Sequence[float], after: Sequence[float]) -> Tuple[float, float]:
    """The 95 % interval of the ratio of medians, by bootstrap."""
    import numpy  # type: ignore[import]
    from scipy import stats  # type: ignore[import]
    if min(len(before), len(after)) < 2 or not all((*before, *after)):
        return 0.0, math.inf
    if min(len(before), len(after)) < LEAST_SAMPLES and not (_still(before) and _still(after)):
        return 0.0, math.inf

    def ratio(one: Any, other: Any, axis: int = -1) -> Any:
        return numpy.median(other, axis=axis) / numpy.median(one, axis=axis)

    # The ratio of very different figures may be too large for a float.
    with numpy.errstate(all="ignore"):
        found = stats.bootstrap((before, after), ratio, confidence_level=CONFIDENCE,
                                n_resamples=RESAMPLES, method="percentile",
                                random_state=SEED).confidence_interval
    low, high = float(found.low), float(found.high)
    return (low, high) if math.isfinite(low) and math.isfinite(high) else (0.0, math.inf)


def _still(samples: Sequence[float]) -> bool:
    return max(samples) - min(samples) <= STILL * median(samples)


def probability(before: Sequence[float], after: Sequence[float]) -> float:
    """The p of the Mann-Whitney test: the probability that samples of one distribution differ as
    much by chance. It is exact for ties as well, which counted instructions often have."""
    from scipy import stats
    if len(set(before) | set(after)) == 1:
        return 1.0
    tied = len(set(before) | set(after)) < len(before) + len(after)
    if tied and math.comb(len(before) + len(after), len(before)) <= MOST_WAYS:
        ranks = stats.rankdata([*before, *after])
        if min(len(before), len(after)) == 1:
            # Which of all is the one; permutation_test() wants two.
            rank = ranks[0] if len(before) == 1 else ranks[-1]
            return min(1.0, 2 * min(float((ranks <= rank).mean()), float((ranks >= rank).mean())))
        found = stats.permutation_test((ranks[:len(before)], ranks[len(before):]),
                                       lambda one, other, axis: one.sum(axis=axis),
                                       vectorized=True, n_resamples=math.inf)
        return float(found.pvalue)
    exact = not tied and max(len(before), len(after)) <= MOST_EXACT
    return float(stats.mannwhitneyu(before, after, alternative="two-sided",
                                    method="exact" if exact else "asymptotic").pvalue)


def least_p(before: int, after: int) -> float:
    """The least p that is possible with that many samples."""
    return min(1.0, 2 / math.comb(before + after, before))


def enough(figures: int) -> int:
    """The least number of samples of each side with which a difference can be significant."""
    number = 2
    while least_p(number, number) * figures >= LEVEL:
        number += 1
    return number


def _holm(verdicts: Sequence[Verdict]) -> None:
    """Applies Holm's correction, which multiplies the k-th least p by n - k."""
    worst = 0.0
    for nth, verdict in enumerate(sorted(verdicts, key=lambda v: v.p)):
        worst = max(worst, min(1.0, verdict.p * (len(verdicts) - nth)))
        verdict.p_holm = worst


def _word(verdict: Verdict, threshold: float) -> str:
    """The verdict. `same`: the whole interval is within the threshold. `faster`, `slower`: the
    whole interval is beyond it, and the test is significant."""
    if 1 / (1 + threshold) <= verdict.low and verdict.high <= 1 + threshold:
        return "same"
    more, less = verdict.low > 1 + threshold, verdict.high < 1 / (1 + threshold)
    if verdict.p_holm < LEVEL and (more or less):
        return "slower" if more == (verdict.better == "lower") else "faster"
    return "unclear"


def _one(name: str, before: Figure, after: Figure) -> Optional[Verdict]:
    if before.unit != after.unit or not median(before.values) > 0:
        return None
    low, high = interval(before.values, after.values)
    return Verdict(name, before.unit, before.better, before, after,
                   median(after.values) / median(before.values), low, high,
                   probability(before.values, after.values))


def compared(before: Dict[str, Figure], after: Dict[str, Figure],
             threshold: float) -> List[Verdict]:
    """A verdict on each figure that both sides have, in the order of the first side."""
    found = [_one(name, figure, after[name]) for name, figure in before.items()
             if name in after]
    verdicts = [verdict for verdict in found if verdict]
    _holm(verdicts)
    for verdict in verdicts:
        verdict.word = _word(verdict, threshold)
    return verdicts


def _of(few: int, number: int) -> str:
    return "all figures" if few == number else f"{few} of {number} figures"


def warnings(verdicts: Sequence[Verdict], threshold: float, several: bool) -> List[str]:
    """Warnings about the reliability of the verdicts."""
    lines = []
    need = enough(len(verdicts))
    have = [min(len(v.before.values), len(v.after.values)) for v in verdicts]
    what = "runs" if several else "repeats"
    for least, text in (
            (LEAST_SAMPLES, "nothing that varies can be called the same"),
            (need, "no difference can be told from chance (name the programs: among fewer figures "
             "fewer are enough)")):
        few = [number for number in have if number < least]
        if few:
            lines.append(f"too few {what}: with {min(few)} of each side, in "
                         f"{_of(len(few), len(have))}, {text}, it takes {least}")
    noisy = [v for v in verdicts if v.noise > threshold]
    if noisy:
        lines.append(f"noise is larger than the threshold of {threshold:.1%} in {len(noisy)} of "
                     f"{len(verdicts)} figures: these can hardly be `same` (more or longer "
                     "repeats, a quiet machine, or --measure instructions)")
    if not several:
        lines.append("each side is one run: what differs from boot to boot of one kernel is in "
                     "no interval (--kernels boots both again and again; of saved runs name "
                     "several, with commas)")
    return lines
