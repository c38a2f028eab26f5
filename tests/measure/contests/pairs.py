"""Which of two programs is faster, by how much, and how sure that is.

A machine gets warmer, busier, slower while it is measured. So the programs take turns, there
and back, each time from another one on (A B B A, B A A B, …): what drifts falls on all of them
alike, and so does the pause in between. Every round gives one ratio of times; the median of the
ratios is the result, and how much it would change had we drawn other rounds (the bootstrap) is
its interval.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy

NARROW = 0.04   # width of an interval ÷ its median at which measuring may stop
FASTER, SLOWER = 1.05, 0.95
BAND = FASTER - SLOWER  # an interval wider than this cannot show that there is no difference
LEAST_ROUNDS = 6        # below this the interval is too narrow to be true 19 times in 20
MOST_ROUNDS = 40
SURE_PAIRS = 20         # so many make a difference sure; fewer must all show it
RESAMPLES = 10_000

Times = list[list[float]]  # for each program, its seconds in each round


@dataclass(frozen=True)
class Interval:
    """A ratio of times, with the 95 % interval of its median."""
    median: float
    low: float
    high: float
    pairs: int
    agreed: bool = False  # every single pair shows a difference, and all the same one

    @property
    def width(self) -> float:
        return (self.high - self.low) / self.median

    @property
    def narrow(self) -> bool:
        return self.width < NARROW

    def __str__(self) -> str:
        return f"{self.median:.3g}× ({self.low:.3g}–{self.high:.3g})"


def interval(ratios: Sequence[float], seed: int = 1) -> Interval:
    """The median of the ratios, and its 95 % bootstrap interval."""
    values = numpy.asarray(ratios, dtype=float)
    draws = numpy.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    medians = numpy.median(values[draws], axis=1)
    low, high = numpy.percentile(medians, [2.5, 97.5])
    return Interval(float(numpy.median(values)), float(low), float(high), len(values),
                    agree(ratios))


def agree(ratios: Collection[float]) -> bool:
    return min(ratios) > FASTER or max(ratios) < SLOWER


def speedup(before: Sequence[float], after: Sequence[float]) -> Interval:
    """How many times faster `after` is than `before`, round by round."""
    return interval([b / a for b, a in zip(before, after, strict=True)])


def verdict(i: Interval) -> str:
    """What an interval allows to be said."""
    if i.low > FASTER or i.high < SLOWER:
        sure = i.pairs >= SURE_PAIRS or i.pairs >= LEAST_ROUNDS and i.agreed
        return "inconclusive" if not sure else "faster" if i.low > FASTER else "slower"
    return "inconclusive" if undecided(i) else "no difference"


def undecided(i: Interval) -> bool:
    """Too wide to say that there is no difference, and to say that there is one."""
    return i.high - i.low > BAND and i.low <= FASTER and i.high >= SLOWER


def interleave(programs: Sequence[Callable[[], float]], enough: Callable[[Times], bool], *,
               budget_seconds: float, least: int = LEAST_ROUNDS, most: int = MOST_ROUNDS,
               clock: Callable[[], float] = time.monotonic) -> Times:
    """Rounds in which each program runs once, there and back, until `enough`.

    Who begins runs behind a pause, in which somebody looks whether it is enough, and a disk takes
    longer then. So everybody begins in turns.
    Ends earlier when the budget is spent, but never before `least` rounds and never in the
    middle of a there-and-back: drift would then count for one direction.
    """
    times: Times = [[] for _ in programs]
    began = clock()
    for rounds in range(2, max(least, most) + 1, 2):
        begin = rounds // 2 - 1
        there = [(begin + i) % len(programs) for i in range(len(programs))]
        for index in [*there, *reversed(there)]:
            times[index].append(programs[index]())
        if rounds >= least and (enough(times) or clock() - began >= budget_seconds):
            break
    return times


# --- is it still as fast as recorded? ------------------------------------------------------------


@dataclass(frozen=True)
class Gate:
    outcome: str  # "pass", "fail", "inconclusive"
    why: str


def gate(recorded: dict, measured: Interval) -> Gate:
    """Compare with golden.json's ratio and verdict under the same conditions.

    A step that was faster must keep 0.6 of what another recording would surely gain; one that made
    no difference must still reach 0.9; a slower one must not get slower still by that 0.6.
    """
    said, ratio = recorded["verdict"], recorded["ratio"]
    low = ratio.get("next_low", ratio["low"])
    if said in ("inconclusive", "unstable"):
        return Gate("inconclusive", f"the recorded ratio itself is {said}")
    if said == "no difference":
        if measured.high < 0.9:
            return Gate("fail", f"{measured} no longer reaches 0.9; the golden says no difference")
        if undecided(measured):
            return Gate("inconclusive", f"{measured} is too wide to say")
        return Gate("pass", f"{measured} reaches 0.9")
    floor = _floor(said, low)
    if measured.low >= floor:
        return Gate("pass", f"{measured} is not below {floor:.3g}")
    if measured.high < floor:
        return Gate("fail", f"{measured} is below {floor:.3g}; another recording would begin at "
                            f"{low:.3g}")
    return Gate("inconclusive", f"{measured} lies around {floor:.3g}, the least it may be")


def _floor(said: str, low: float) -> float:
    return 1 + 0.6 * (low - 1) if said == "faster" else 0.6 * low


def clears_its_floor(recorded: dict, ratios: Sequence[float]) -> bool:
    """Whether few pairs are enough to pass, as each is far above the least that it may be."""
    said, ratio = recorded["verdict"], recorded["ratio"]
    return said in ("faster", "slower") and min(ratios) >= (
        CLEAR * _floor(said, ratio.get("next_low", ratio["low"])))


CLEAR = 1.25
WIDE = 1.5  # a ratio beyond it points the same way on any machine


def is_wide(recorded: dict) -> bool:
    said, ratio = recorded["verdict"], recorded["ratio"]
    return said == "faster" and ratio["low"] >= WIDE or said == "slower" and ratio["high"] <= 1 / WIDE


def points_the_same_way(recorded: dict, measured: Interval) -> Gate:
    """Hold the direction of a ratio with a wide margin."""
    said = f"{measured}; the golden says {recorded['verdict']}, {recorded['ratio']['median']:.3g}×"
    faster = recorded["verdict"] == "faster"
    if measured.low > 1 if faster else measured.high < 1:
        return Gate("pass", said)
    if measured.high < 1 if faster else measured.low > 1:
        return Gate("fail", said)
    return Gate("inconclusive", said)
