"""make regress BASE=rev: is a step slower than it was at that revision?

Both revisions of a step are built and timed in pairs in one run, so that no recording and no other
machine is needed. Steps whose code is the same are not timed. What seems to be slower is measured
once more, from the beginning, before it is said. A row of the report compares a build with itself:
what it shows is noise.
"""
from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measure import build, parts
from measure.contests import pairs
from measure.contests.contest import Contest, Tell
from measure.contests.pairs import Interval, SLOWER
from measure.contests.subject import Subject
from measure.drawing.table import Table
from measure.goldens import golden
from measure.machine import process, talk
from measure.problem import Problem
from measure.steps import ROOT, Step
from measure.verbs import ladder

TREES = ROOT / "build" / "regress"
BUDGET_SECONDS = 60  # for one step
LIMIT_SECONDS = 600
HEADINGS = ("step", "", "base s", "now s", "base ÷ now", "verdict")
LEFT = frozenset(("step", "", "verdict"))


@dataclass(frozen=True)
class Row:
    step: str
    title: str
    said: str
    ratio: Interval | None = None  # × of the base's time to ours
    seconds: tuple[float, float] | None = None

    @property
    def is_slower(self) -> bool:
        return self.said == "slower"

    def cells(self) -> list[str]:
        times = [f"{s:.4f}" for s in self.seconds] if self.seconds else ["", ""]
        return [self.step, self.title, *times, str(self.ratio or ""), self.said]


def regress(base: str, part: str = "", wanted: str = "", workload: str = "") -> int:
    """Print the table; 1 when a step has become slower."""
    if not base:
        raise Problem("BASE=rev is wanted: what should it be compared with? main, HEAD^, a tag, …")
    tree = checked_out(base)
    chosen = ladder.chosen_steps(part or None, wanted)
    with talk.waiting("Comparing") as tell:
        rows = compared(tree, base, chosen, workload, tell)
    table = Table(HEADINGS, LEFT, [r.cells() for r in rows])
    ladder.print_table(table)
    ladder.summarize(table, f"Against {base}")
    return int(any(r.is_slower for r in rows))


def compared(tree: Path, base: str, chosen: list[Step], workload: str, tell: Tell) -> list[Row]:
    changed: list[tuple[Subject, Subject]] = []
    rows = {}
    for step in chosen:
        on = workload or step.toml["workload"]
        tell(f"Building step {step.id} at {base}")
        if not (folder := built(tree, step)):
            rows[step.id] = Row(str(step.number), step.toml["title"], f"not there at {base}")
            continue
        now = parts.of_step(step).of_step(step, on)
        then = parts.of_step(step).around(folder, f"{step.id} at {base}", step, step, on,
                                          LIMIT_SECONDS)
        if now.twin_of(then):
            rows[step.id] = Row(str(step.number), step.toml["title"], "the same code")
        else:
            rows[step.id] = held(then, now, tell)
            changed.append((then, now))
    if changed:
        rows["noise"] = noise(changed[-1][0], tell)
    return list(rows.values())


def held(then: Subject, now: Subject, tell: Tell) -> Row:
    """One step at both revisions; a slowdown is believed when it is seen twice."""
    for _ in range(2):
        contest = race(then, now, tell)
        ratio = contest.speedup(then.name, now.name)
        if said(ratio) != "slower":
            break
    return Row(str(now.step.number), now.title, said(ratio), ratio,
               (contest.seconds(then.name), contest.seconds(now.name)))


def noise(then: Subject, tell: Tell) -> Row:
    """A build against itself."""
    again = dataclasses.replace(then, name=f"{then.name}, again")
    contest = race(then, again, tell)
    ratio = contest.speedup(then.name, again.name)
    return Row("A/A", f"{then.name} against itself", said(ratio), ratio,
               (contest.seconds(then.name), contest.seconds(again.name)))


def race(then: Subject, now: Subject, tell: Tell) -> Contest:
    """Timed until it is clear on which side of the limit the ratio lies."""
    contest = Contest([then, now], lambda text: tell(f"{now.name}: {text}"))
    contest.prove()
    contest.measure(lambda: clear(contest.speedup(then.name, now.name)),
                    golden.budget_seconds("BUDGET", BUDGET_SECONDS))
    return contest


def clear(ratio: Interval) -> bool:
    return ratio.low > SLOWER or ratio.high < SLOWER


def said(ratio: Interval) -> str:
    """A ratio that reaches the limit from above or below is no slowdown that anybody has shown."""
    if ratio.high < SLOWER:
        return "slower"
    return pairs.verdict(ratio)


# --- the base -------------------------------------------------------------------------------------


def checked_out(base: str) -> Path:
    """The files of that revision, in a folder of their own."""
    revision = _git("rev-parse", "--verify", "--quiet", f"{base}^{{commit}}",
                    why=f"BASE={base} is no revision that git knows here")
    tree = TREES / revision.strip()[:12]
    if not tree.is_dir():
        TREES.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=TREES) as scratch:
            archive = Path(scratch) / "tar"
            _git("archive", f"--output={archive}", revision.strip(), why=f"git archive {base} failed")
            shutil.unpack_archive(archive, Path(scratch) / "tree", "tar")
            os.replace(Path(scratch) / "tree", tree)
    return tree


def _git(*args: str, why: str) -> str:
    done = process.run(["git", *args], cwd=ROOT)
    if done.returncode:
        raise Problem(f"{why}{f': {words}' if (words := done.stderr.strip()) else ''}")
    return done.stdout


def built(tree: Path, step: Step) -> Path | None:
    """The folder of a step that was built there by the makefile of then; None: it has none."""
    if not any((tree / "steps").glob(f"{step.number}-*")):
        return None
    env = {k: v for k, v in os.environ.items() if k not in build.FROM_MAKE}
    done = process.run(["make", "-s", f"step-{step.number}"], cwd=tree, env=env)
    if done.returncode:
        raise Problem(f"make step-{step.number} at the base failed:\n{done.stderr.rstrip()}")
    return tree / "build" / str(step.number)
