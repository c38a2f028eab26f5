"""Several subjects proven right, then timed in turns; what came of it."""
from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from measure.contests import counts, pairs
from measure.contests.pairs import Interval
from measure.contests.subject import FLOOR, Progress, Proof, Run, Subject
from measure.machine import quiet
from measure.problem import Problem

Tell = Callable[[str], None]

TAKES = 3         # of a run that others disturb; the last one counts, whatever they do
AGAIN_SHARE = 0.5  # of all runs: on a machine that is never quiet nothing is gained by more


@dataclass
class Contest:
    subjects: list[Subject]
    tell: Tell = lambda text: None
    runs: dict[str, Run] = field(default_factory=dict)  # each subject's first timed run
    times: dict[str, list[float]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    disturbed: dict[str, int] = field(default_factory=dict)       # runs that were taken again
    others: dict[str, list[float]] = field(default_factory=dict)  # what others took of each run

    def prove(self) -> dict[str, Proof]:
        """Each subject but the floor does its work right, or nothing is timed."""
        given: dict[str, Proof] = {}
        for s in self.subjects:
            if s.name != FLOOR:
                self.tell(f"Verifying {s.name}")
                with s:
                    given[s.name] = s.prove(
                        lambda percent: self.tell(f"Verifying {s.name}, {percent} %"))
        first = next(iter(given), "")
        for name, (_, output) in given.items():
            if output != given[first].output:
                raise Problem(f"{name} and {first} do not give the same output: "
                              f"{output!r} and {given[first].output!r}")
        return given

    def measure(self, enough: Callable[[], bool], budget_seconds: float,
                least: int = pairs.LEAST_ROUNDS) -> None:
        """Rounds until `enough`, or until the budget is spent; all subjects stay open meanwhile."""
        with ExitStack() as stack:
            for s in self.subjects:
                stack.enter_context(s)
            self.began = time.monotonic()
            pairs.interleave([lambda s=s: self._timed(s, least) for s in self.subjects],
                             lambda times: enough(), budget_seconds=budget_seconds, least=least)

    def _timed(self, s: Subject, least: int) -> float:
        said = f"{self._where(s, least)}: {s.name}"
        self.tell(said)
        run = self._quiet_run(s, lambda percent: self.tell(f"{said}, {percent} %"))
        known = self.runs.setdefault(s.name, run)
        if other := counts.differ(known.counters, run.counters, s.tolerances):
            raise Problem(
                f"{s.name} with {s.input.name} does not count the same twice: {other[0]} was "
                f"{known.counters.get(other[0])}, then {run.counters.get(other[0])}; "
                "find out why, or name a tolerance in step.toml")
        if why := run.doubt(next(iter(self.runs.values()))):
            raise Problem(f"{s.name} with {s.input.name} {why}: measure again")
        self.times.setdefault(s.name, []).append(run.seconds)
        return run.seconds

    def _quiet_run(self, s: Subject, on_progress: Progress) -> Run:
        """A run that nobody disturbed, or the last of TAKES."""
        for take in range(1, TAKES + 1):
            with quiet.watching(s.processes()) as watch:
                run = s.run(on_progress)
            taken = self.others.setdefault(s.name, [])
            usual = statistics.median(taken) if taken else 0.0
            taken.append(watch.stolen + watch.others)
            if take == TAKES or not watch.disturbed(usual) or self._restless():
                return run
            self.disturbed[s.name] = self.disturbed.get(s.name, 0) + 1
        raise AssertionError("the last take is returned")

    def _restless(self) -> bool:
        return sum(self.disturbed.values()) > AGAIN_SHARE * (1 + sum(map(len, self.times.values())))

    def _where(self, s: Subject, least: int) -> str:
        """ "Round 3 of at least 6, 40 s to go" """
        done = sum(map(len, self.times.values()))
        said = f"Round {len(self.times.get(s.name, [])) + 1} of at least {least}"
        left = least * len(self.subjects) - done
        if done >= len(self.subjects) and left > 0:
            said += f", {(time.monotonic() - self.began) / done * left:.0f} s to go"
        return said

    def seconds(self, name: str) -> float:
        return statistics.median(self.times[name])

    def ratios(self, before: str, name: str) -> list[float]:
        """× of `name` against `before`, for each round that both have run."""
        return [b / a for b, a in zip(self.times.get(before, []), self.times.get(name, []))]

    def speedup(self, before: str, name: str) -> Interval:
        return pairs.interval(self.ratios(before, name))

    def distance(self, name: str) -> float:
        """× the floor."""
        return self.seconds(name) / self.seconds(FLOOR)

    def narrow(self, compared: Sequence[tuple[str, str]]) -> bool:
        return all(self.speedup(*names).narrow for names in compared)
