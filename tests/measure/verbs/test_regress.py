"""make regress: a slowdown between two revisions is found, and none where there is none."""
from __future__ import annotations

import pytest

from measure.contests.pairs import Interval
from measure.problem import Problem
from measure.verbs import regress

SLOWED = "src/stdio/sys.c"
WORKLOAD, STEP = "tokens-50", "400"


def test_a_base_is_wanted_and_must_be_known() -> None:
    with pytest.raises(Problem, match="BASE=rev is wanted"):
        regress.regress("")
    with pytest.raises(Problem, match="BASE=tea is no revision that git knows here"):
        regress.checked_out("tea")


@pytest.mark.parametrize("low, high, pairs, says", [
    (0.90, 0.94, 6, "slower"), (0.94, 0.96, 6, "no difference"), (0.98, 1.01, 6, "no difference"),
    (1.2, 1.3, 20, "faster"), (0.5, 1.5, 6, "inconclusive")])
def test_more_than_five_percent_is_a_slowdown(low, high, pairs, says) -> None:
    assert regress.said(Interval((low + high) / 2, low, high, pairs)) == says


class Race:
    """A contest with made-up results."""
    def __init__(self, ratio: float) -> None:
        self.ratio = ratio

    def speedup(self, before: str, name: str) -> Interval:
        return Interval(self.ratio, self.ratio - 0.01, self.ratio + 0.01, 6)

    def seconds(self, name: str) -> float:
        return 1.0


@pytest.mark.parametrize("ratios, says", [
    ([0.8, 0.8], "slower"), ([0.8, 1.0], "no difference"), ([1.0], "no difference")])
def test_a_slowdown_is_believed_when_it_is_seen_twice(monkeypatch, ratios, says) -> None:
    came = iter(ratios)
    monkeypatch.setattr(regress, "race", lambda *a: Race(next(came)))
    subject = type("S", (), {"name": "x", "title": "", "step": type("N", (), {"number": 400})})
    assert regress.held(subject, subject, print).said == says
    assert next(came, None) is None, "all were measured, and no more"


@pytest.fixture
def revisions(project):
    """A copy of the project with a history; change() makes a working tree that differs from HEAD."""
    def git(*args: str) -> None:
        done = project.run(["git", "-c", "user.name=n", "-c", "user.email=e@example.com", *args],
                           cwd=project.root)
        assert done.returncode == 0, done.stderr

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "before")
    return project


@pytest.mark.timeout(300)
def test_the_same_code_is_not_timed(revisions) -> None:
    done = revisions.make("regress", "BASE=HEAD", f"STEPS={STEP}", f"WORKLOAD={WORKLOAD}")
    assert done.returncode == 0, done.stderr
    assert "the same code" in done.stdout and "A/A" not in done.stdout


@pytest.mark.measured
@pytest.mark.timeout(900)
def test_a_step_that_was_slowed_is_caught_and_an_unchanged_one_passes_twenty_times(revisions) -> None:
    call = "ssize_t sys_pread("
    text = (revisions.root / SLOWED).read_text()
    body = text[text.index(call):]
    opened = body.index("{") + 1

    def put(line: str) -> None:
        (revisions.root / SLOWED).write_text(
            text.replace(body, body[:opened] + "\n\t" + line + body[opened:]))

    def make():
        return revisions.make("regress", "BASE=HEAD", f"STEPS={STEP}", f"WORKLOAD={WORKLOAD}",
                              "BUDGET=5", timeout=120)

    put("__asm__ volatile(\"nop\");")  # other code, and nothing slower
    for n in range(20):
        done = make()
        assert done.returncode == 0, f"time {n + 1} of the unchanged step:\n{done.stdout}"
        assert "A/A" in done.stdout
    put("for (volatile int i = 0; i < 3000; i++)\n\t\t;")
    done = make()
    assert done.returncode != 0 and "slower" in done.stdout, done.stdout + done.stderr
