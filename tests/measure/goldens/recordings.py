"""What several recordings say together: a ratio that another day and another boot will bear out.

The pairs of one recording were all taken within minutes, in one boot, with the same copy of the
input at the same places of memory. Their interval says how well those minutes are known, and
nothing of the next day: the ratio itself moves, with what a page fault or a wake-up costs on the
host by then. So a golden keeps several recordings, and its interval is the one between them.

There are two, for two questions. *Where is the ratio?* is answered by drawing recordings and then
pairs within them (the hierarchical bootstrap), or by the spread of the recordings' medians,
whichever is wider; verdicts go by it. *Where will the next recording be?* is answered by the
recordings' standard deviation; gates go by that. Two or three recordings hardly know their own
deviation, so each is moderated by what all others of the part have, as if that had been seen
PRIOR times more (an empirical Bayes estimate; Smyth, 2004, does so for thousands of genes with
three samples each).

Sources: Kalibera & Jones, Rigorous benchmarking in reasonable time (ISMM 2013); Davison & Hinkley,
Bootstrap methods and their application, 3.8; Smyth, Linear models and empirical Bayes methods.
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy

from measure.contests.pairs import FASTER, Interval, agree, interval, verdict

MOST = 5         # of different boots: the newest count
ENOUGH = 3       # with fewer a verdict is provisional
PRIOR = 4        # how many degrees of freedom the part's deviation counts for
RESAMPLES = 4000
# Student's t at 97.5 %, by degrees of freedom (1, 2, …).
T = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160)

Ratios = Sequence[float]  # of one recording, a pair each


@dataclass(frozen=True)
class Between:
    """A ratio by several recordings."""
    ratio: Interval             # of the ratio itself; pairs: of all recordings
    next: tuple[float, float]   # where another recording's median is expected, 19 times in 20
    recordings: int


def between(recordings: Sequence[Ratios], deviation: float | None) -> Between:
    """deviation: what the part's recordings differ by (deviation_of()); None: not known."""
    own = [interval(r) for r in recordings]
    medians = [i.median for i in own]
    middle = math.exp(numpy.median(numpy.log(medians)))
    low, high = _drawn(recordings) if len(recordings) > 1 else (own[0].low, own[0].high)
    ratio = Interval(middle, min(low, *medians), max(high, *medians),
                     sum(i.pairs for i in own), agree([x for r in recordings for x in r]))
    low, high = expected(medians, deviation) if deviation is not None else (middle, middle)
    return Between(ratio, (min(low, ratio.low), max(high, ratio.high)), len(recordings))


def _drawn(recordings: Sequence[Ratios], seed: int = 1) -> tuple[float, float]:
    """The hierarchical bootstrap: as many recordings as there are, each with redrawn pairs."""
    random = numpy.random.default_rng(seed)
    redrawn = [numpy.median(numpy.asarray(r)[random.integers(len(r), size=(RESAMPLES, len(r)))],
                            axis=1) for r in recordings]
    chosen = random.integers(len(recordings), size=(RESAMPLES, len(recordings)))
    drawn = numpy.stack(redrawn)[chosen, numpy.arange(RESAMPLES)[:, None]]
    low, high = numpy.percentile(numpy.median(drawn, axis=1), [2.5, 97.5])
    return float(low), float(high)


def expected(medians: Sequence[float], deviation: float) -> tuple[float, float]:
    """Where another recording's median is expected, by these and the part's deviation alone."""
    freedom = len(medians) - 1
    variance = (PRIOR * deviation**2 + freedom * _variance(medians)) / (PRIOR + freedom)
    reach = math.exp(_t(PRIOR + freedom) * math.sqrt(variance * (1 + 1 / len(medians))))
    middle = math.exp(numpy.median(numpy.log(medians)))
    return middle / reach, middle * reach


def _variance(medians: Sequence[float]) -> float:
    """Of their logarithms: a ratio of 2 is as far from 1 as one of 1/2."""
    return float(numpy.var(numpy.log(medians), ddof=1)) if len(medians) > 1 else 0.0


def _t(freedom: int) -> float:
    return T[min(freedom, len(T)) - 1]


def deviation_of(steps: Iterable[Sequence[Ratios]]) -> float | None:
    """The standard deviation between recordings of one step, of all steps that have several."""
    known = [[float(numpy.median(r)) for r in recordings] for recordings in steps]
    several = [medians for medians in known if len(medians) > 1]
    if not several:
        return None
    freedom = [len(medians) - 1 for medians in several]
    return math.sqrt(sum(f * _variance(m) for f, m in zip(freedom, several)) / sum(freedom))


# --- verdicts --------------------------------------------------------------------------------


def verdict_of(recordings: Sequence[Ratios], ratio: Interval, same_counts: bool) -> str:
    """What the recordings allow to be said; same_counts: the step counts what the last one did."""
    return "unstable" if same_counts and moved(recordings) else verdict(ratio)


def moved(recordings: Sequence[Ratios]) -> bool:
    """Whether two recordings contradict each other by more than what two builds differ by anyway."""
    own = [interval(r) for r in recordings]
    return any(a.low > b.high and a.median > b.median * FASTER for a in own for b in own)


def joint(verdicts: Sequence[str]) -> str:
    """The verdict of several conditions, the main one first: where two that say something
    contradict each other, it depends.
    """
    saying = {v for v in verdicts if v in ("faster", "slower", "no difference")}
    return "depends" if len(saying) > 1 and verdicts[0] in saying else verdicts[0]
