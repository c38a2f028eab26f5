"""The reader's own step: begin it from the step before (make start-N), build and grade it (make try-N).

It lives in mine/N-name/ and stands above step N-1, exactly as the real step N does.
"""
from __future__ import annotations

import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import build, described, parts, steps
from measure.contests import counts
from measure.contests.contest import Contest
from measure.contests.subject import Subject
from measure.goldens import golden
from measure.machine import process, talk
from measure.problem import Problem
from measure.steps import ROOT, Step

LIMIT_SECONDS = 180  # for one run: a loop without an end is a usual mistake
ROUNDS = 3           # of timing, which is shown and not graded
SHOWN_FAILURES = 5
NO_TESTS = 5          # pytest's exit status
# How large the reader's own tables are is no question of right or wrong.
NOT_GRADED = ("heap.bytes", "page.allocs", "page.peak", "zero.bytes")
COUNTER = re.compile(r'\bCOUNTER\(\w+,\s*"([^"]+)"\)')


@dataclass(frozen=True)
class OwnStep:
    step: Step      # the real step, or one of the reader's own that has no counterpart
    dir: Path       # …/mine/101-block-cache
    below: Step     # what it is built on

    @property
    def out(self) -> Path:
        return ROOT / "build" / f"mine-{self.step.number}"

    def build(self, goal: str) -> Path:
        """Build it above the step below; relative paths, so that messages name mine/…/bio.c."""
        return build.make(goal, str(self.out.relative_to(ROOT)), f"STEP={self.below.number}",
                          f"TOP={self.dir.relative_to(ROOT)}", "WITHOUT=")


def home(step: Step) -> Path:
    return ROOT / "mine" / step.id


def find(what: str | int) -> OwnStep:
    """The reader's step called "101" or "block-cache"."""
    own = [Step(int(d.name[:3]), d.name[4:], d) for d in sorted(ROOT.glob("mine/[1-4][0-9][0-9]-*"))]
    for mine in own:
        if str(what) in (str(mine.number), mine.name, mine.id):
            real = next((s for s in steps.all_steps() if s.id == mine.id), mine)
            below = steps.before(mine)
            if below is None:
                raise Problem(f"{mine.id} has no step below it to stand on")
            return OwnStep(real, mine.dir, below)
    step = steps.find(what)
    if step.first:
        raise Problem(f"{step.id} is where the part begins; your first own step is the one after it")
    raise Problem(f"{shown(home(step))} does not exist; `make start-{step.number}` begins it")


# --- start ---------------------------------------------------------------------------------


def start(what: str) -> str:
    """Write mine/N-name/; what to do next."""
    step = startable(what)
    mine = home(step)
    mine.mkdir(parents=True)
    names = [file.name for file in step.files()]
    for name in names:
        task = task_comment(step) if name == names[0] else f"/* The task is in {names[0]}. */\n\n"
        (mine / name).write_text(task + beginning(name, step))
    return (f"Your step {step.id} begins in {', '.join(shown(mine / name) for name in names)}.\n"
            f"The task is at the top; `make try-{step.number}` builds and grades it.")


def startable(what: str) -> Step:
    """The step called `what`, if a reader can write it and has not begun."""
    try:
        step = steps.find(what)
    except steps.UnknownStep as e:
        raise Problem(f"{e}. For a step of your own invention make a folder mine/NNN-name, put the "
                      f"files that you replace into it, and `make try-NNN`") from e
    if step.first:
        raise Problem(f"{step.id} is the slow system that every step starts from; "
                      f"begin with the one after it")
    if not step.files():
        raise Problem(f"{step.id} changes only its input, so there is nothing to write; "
                      f"`make diff-{step.number}` shows it")
    if home(step).exists():
        raise Problem(f"{shown(home(step))} is there already: `make try-{step.number}` grades it; "
                      f"to start over, remove it first")
    return step


def task_comment(step: Step) -> str:
    """What to do, as a C comment."""
    text = [f"YOUR TASK, step {step.id}: {step.toml['title']}", "",
            *step.toml["task"].strip().splitlines(), ""]
    if counters := new_counters(step):
        text += textwrap.wrap(f"Count what it does as {' and '.join(counters)}: core/count.h says "
                              "how.", 86) + [""]
    text += [f"`make try-{step.number}` builds this folder on top of "
             f"{steps.before(step).id} and grades it.",
             f"Afterwards `make diff-{step.number}` shows how the project did it."]
    return "/*\n" + "".join(f" * {line}".rstrip() + "\n" for line in text) + " */\n\n"


def new_counters(step: Step) -> list[str]:
    """The counters that the step brings."""
    below = steps.before(step)

    def declared(files: Sequence[Path]) -> set[str]:
        return {name for file in files for name in COUNTER.findall(file.read_text())}

    old = [file for layer in steps.at_or_below(below) for file in layer.files()]
    return sorted(declared(step.files()) - declared(old))


def beginning(name: str, step: Step) -> str:
    """The file as the step before has it; of a file that is new, its header's include."""
    try:
        return steps.resolve(name, steps.before(step)).read_text()
    except FileNotFoundError:
        header = f"{step.part}/{Path(name).stem}.h"
        return f'#include "{header}"\n' if (ROOT / "src" / header).is_file() else ""


# --- try -----------------------------------------------------------------------------------


def attempt(what: str) -> int:
    """Build and grade; the exit status is 0 only if all is right and every counter fits."""
    mine = find(what)
    say(f"{shown(mine.dir)} on top of {mine.below.id}")
    this = own_subject(mine)
    if not (loads_right(this) and suite_passes(mine, "what is right at every step", "not from_step")):
        say("Right first, then fast: the counters are looked at when all of this holds.")
        return 1
    promised = suite_passes(mine, f"what is promised up to step {mine.step.number}", "from_step")
    with talk.waiting(f"Counting, with {this.input.name}"), this:
        run = this.run()
    fits = counters_fit(mine.step, run.counters)
    show_time(this, mine.below)
    if not (promised and fits):
        return 1
    say(f"{mine.step.id} is solved." + (f" Compare: make diff-{mine.step.number}"
                                        if mine.step.dir != mine.dir else ""), "bold green")
    return 0


def own_subject(mine: OwnStep) -> Subject:
    """The reader's build, with the input that the real step has."""
    part = parts.of_step(mine.step)
    with talk.waiting(f"Building {shown(mine.dir)}"):
        built = mine.build(described.find(part.name).goal)
    workload = next(s.toml["workload"] for s in (mine.step, mine.below)
                    if (s.dir / "step.toml").is_file())
    real = mine.step if mine.step.dir != mine.dir else mine.below
    return part.around(built, f"your {mine.step.id}", mine.step, real, workload, LIMIT_SECONDS)


def loads_right(this: Subject) -> bool:
    doing = f"Verifying {this.name} with {this.input.name}"
    try:
        with talk.waiting(doing) as tell, this:
            proof = this.prove(lambda percent: tell(f"{doing}, {percent} %"))
    except Problem as e:
        return verdict(False, str(e))
    return verdict(True, proof.checked)


def suite_passes(mine: OwnStep, about: str, marked: str) -> bool:
    """The tests of the part with this mark, against the reader's build."""
    report = mine.out / "suite.xml"
    report.unlink(missing_ok=True)
    again = [f"tests/{mine.step.part}", "--mine", str(mine.step.number), "-m", marked]
    with talk.waiting(f"Testing {about}"):
        done = process.run([sys.executable, "-m", "pytest", "-q", "-n", "2", "--tb=short",
                            f"--junitxml={report}", *again], cwd=ROOT, limit_seconds=1800)
    if done.returncode == NO_TESTS:
        return True
    try:
        cases = ElementTree.parse(report).findall(".//testcase")
    except (OSError, ElementTree.ParseError):
        raise Problem(f"the tests did not run:\n{done.stdout}{done.stderr}") from None
    failed = [(case.get("name"), case.find(how)) for case in cases for how in ("failure", "error")
              if case.find(how) is not None]
    if done.returncode == 0:
        return verdict(True, f"{about}: all {len(cases)} tests")
    verdict(False, f"{about}: {len(failed)} of {len(cases)} tests fail")
    for name, how in failed[:SHOWN_FAILURES]:
        say(f"  {claim(name)}", "red")
        say(because(how.get("message") or how.text or ""))
    say(f"  all of it: /usr/bin/python3 -m pytest {' '.join(again[:-1])} '{marked}'")
    return False


def claim(test: str) -> str:
    """ "indirect blocks are read once" of test_indirect_blocks_are_read_once[101-block-cache] """
    name, _, parameters = test.removeprefix("test_").partition("[")
    case = "-".join(p for p in re.split(r"\d{3}(?:-[a-z]+)+", parameters.rstrip("]")) if p.strip("-"))
    return name.replace("_", " ") + (f" ({case.strip('-')})" if case else "")


def because(message: str) -> str:
    """The first lines of what a failed test said, without pytest's dissection of an assertion."""
    said = re.sub(r"^(AssertionError|Failed): ", "", message.strip()).splitlines()
    lines = [line for line in said if not re.match(r" +\+ ", line)]
    return textwrap.indent("\n".join(lines[:6] + (["…"] if len(lines) > 6 else [])), "    ")


def counters_fit(step: Step, got: counts.Counters) -> bool:
    """Each counter beside the golden's. One that only the reader has is no mistake."""
    if not step.golden_path.is_file():
        say(f"{step.id} has no golden.json to compare with; what yours counted:")
        for name, value in got.items():
            say(f"  {name}: {value:,}")
        return True
    expected = golden.load(step)["counters"]
    misses = {m.counter: m for m in counts.compare(expected, got, step)
              if m.expected is not None and m.counter not in NOT_GRADED}
    for name in [n for n in expected if n not in NOT_GRADED]:
        verdict(name not in misses, f"{name}: " + (explained(misses[name]) if name in misses
                                                   else f"{got[name]:,}"))
    for name in sorted(got.keys() - expected.keys() | set(NOT_GRADED) & got.keys()):
        say(f"· {name}: {got[name]:,} (shown, not graded)")
    return not misses


def explained(miss: counts.Mismatch) -> str:
    """Expected, got, and what that usually means."""
    if miss.got is None:
        return (f"expected {miss.expected:,}, but it is missing. Declare it where it counts: "
                f'COUNTER(id, "{miss.counter}"); core/count.h says how')
    return (f"expected {miss.expected:,}, got {miss.got:,}. "
            + (miss.meaning or usual_meaning(miss.counter, miss.got > miss.expected)))


def usual_meaning(counter: str, more: bool) -> str:
    """Hits are gains, everything else is a cost."""
    if more == counter.endswith(".hits"):
        return "Better than the project's step, if nothing has been left out."
    return "The project's step does better."


def show_time(this: Subject, below: Step) -> None:
    """Against the step before; shown only."""
    other = parts.of_step(below).of_step(below, this.input.name, like=this.step)
    contest = Contest([other, this])
    with talk.waiting("Timing") as tell:
        contest.tell = tell
        contest.measure(lambda: True, budget_seconds=0, least=ROUNDS)
    mine, before = contest.seconds(this.name), contest.seconds(below.id)
    say(f"· {mine:.3g} s; {below.id} took {before:.3g} s: {before / mine:.3g} times as fast "
        "(shown, not graded)")


# --- words ---------------------------------------------------------------------------------


def verdict(right: bool, text: str) -> bool:
    say(f"{'✓' if right else '✗'} {text}", "green" if right else "red")
    return right


def say(text: str, style: str = "") -> None:
    talk.out.print(text, style=style, markup=False, soft_wrap=True)


def shown(path: Path) -> str:
    """A path as one types it here."""
    return str(path.relative_to(ROOT))
