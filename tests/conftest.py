"""What every test can ask for: the step it speaks of, built programs, processes that get killed.

A test that takes `step` runs once for every step of its part (tests/PART: that part's); of steps that
are the same program, at the first of them (same_program.py).

  pytest tests --step 101     only what is said about step 101
  pytest tests --mine 101     the same about the reader's own step 101 (make try-101)
  pytest tests --soak 200     only tests that go by lot, each with 200 seeds
"""
from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))

from measure import build, described, steps  # noqa: E402  (these need the line above)
from measure.contests import kept  # noqa: E402
from measure.machine import process  # noqa: E402
from measure.verbs import own  # noqa: E402
from measure.problem import Problem  # noqa: E402

pytest_plugins = ["same_program", "minutes"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--step", action="append", metavar="N",
                     help="only the tests of this step, by number or name; may be repeated")
    parser.addoption("--mine", metavar="N", help="test the reader's own step N on top of step N-1")
    parser.addoption("--soak", metavar="SEEDS", type=int,
                     help="only tests that go by lot, with so many seeds")


def pytest_configure(config: pytest.Config) -> None:
    """Unknown steps are refused before anything runs."""
    try:
        mine = config.getoption("--mine")
        config.own_step = own.find(mine) if mine else None
        config.chosen_steps = [steps.find(s) for s in config.getoption("--step") or []]
    except (steps.UnknownStep, Problem) as e:
        raise pytest.UsageError(str(e)) from e


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`step`: every step of the part that the test's directory is named for. `seed`: see there."""
    seeds = metafunc.config.getoption("--soak")
    if seeds and "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, seeds + 1), indirect=True)
    if "step" not in metafunc.fixturenames:
        return
    if any("step" in m.args[0] for m in metafunc.definition.iter_markers("parametrize")):
        return
    part = metafunc.definition.path.relative_to(TESTS).parts[0]
    chosen = steps.all_steps(part=part if part in [p.name for p in described.parts()] else None)
    if mine := metafunc.config.own_step:
        chosen = [mine.step]
    for mark in metafunc.definition.iter_markers("from_step"):
        chosen = [s for s in chosen if s.number >= mark.args[0]]
    metafunc.parametrize("step", chosen, ids=[s.id for s in chosen], indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """--step leaves only tests that speak of that step; --mine, of a build of it; --soak, by lot."""
    if config.getoption("--soak"):
        leave(config, items, lambda item: "seed" in item.fixturenames)
    chosen = [config.own_step.step] if config.own_step else config.chosen_steps
    if not chosen:
        return

    def speaks_of(item: pytest.Item) -> bool:
        about = getattr(item, "callspec", None)
        if about is None or about.params.get("step") not in chosen:
            return False
        return not config.own_step or "build_goal" in item.fixturenames

    leave(config, items, speaks_of)


def leave(config: pytest.Config, items: list[pytest.Item],
          wanted: Callable[[pytest.Item], bool]) -> None:
    config.hook.pytest_deselected(items=[i for i in items if not wanted(i)])
    items[:] = [i for i in items if wanted(i)]


# --- programs ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def step(request: pytest.FixtureRequest) -> steps.Step:
    """The step that this run of the test speaks of."""
    return request.param


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What a test that goes by lot begins with: 1, or each of many when the tests soak."""
    return getattr(request, "param", 1)


@pytest.fixture(scope="session")
def build_goal(step: steps.Step, pytestconfig: pytest.Config) -> Callable[[str], Path]:
    """Makes a goal of src/build.mk at `step` (or of the reader's); returns the folder it is in."""
    def built(goal: str) -> Path:
        try:
            if mine := pytestconfig.own_step:
                return mine.build(goal)
            return build.make(goal, f"build/{step.number}", f"STEP={step.number}",
                              "TOP=", "WITHOUT=")
        except Problem as e:
            pytest.fail(str(e), pytrace=False)
    return built


# --- each test in its own folder, with its own processes --------------------------------------


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A test works in a folder of its own and leaves nothing elsewhere."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def spawn():
    """Popen in a process group that does not outlive the test, however the test ends."""
    with contextlib.ExitStack() as stack:
        yield lambda args, **popen: stack.enter_context(process.running(args, **popen))


@pytest.fixture
def run(spawn):
    """Run a program to its end: CompletedProcess with text output; `timeout` in seconds."""
    def run_to_end(args: list, *, timeout: float = 60, input: str | None = None,
                   **popen) -> subprocess.CompletedProcess:
        program = spawn(args, text=True, errors="replace", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE, **popen)
        out, err = program.communicate(input, timeout=timeout)
        return subprocess.CompletedProcess(args, program.returncode, out, err)
    return run_to_end


@pytest.fixture
def search(run):
    """Let a libFuzzer program look for up to half a minute, beginning with these seeds.

    A child is told the peak memory of the one who started it, here the test runner's, and libFuzzer
    takes that for its own. timeout(1) stands between the two.
    """
    def search_from(fuzzer: Path, runs: int, seeds: Path) -> subprocess.CompletedProcess:
        return run(["timeout", "110", fuzzer, f"-runs={runs}", "-max_total_time=30", "-timeout=10",
                    "-seed=1", "-print_final_stats=1", seeds], timeout=120)
    return search_from


# --- the project itself, to break and to extend -----------------------------------------------


@dataclass(frozen=True)
class Project:
    """A copy of this project's files, with the same inputs, and nothing built."""
    root: Path
    run: Callable[..., subprocess.CompletedProcess]

    def make(self, *args: str | Path, **options) -> subprocess.CompletedProcess:
        """Run make there; nothing of a make that may have started us gets in its way."""
        env = {k: v for k, v in os.environ.items()
               if k not in build.FROM_MAKE and not k.startswith("PYTEST_")}
        env |= options.pop("env", {})
        return self.run(["make", *args], cwd=self.root, env=env, **{"timeout": 150} | options)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def replace(self, path: str, old: str, new: str) -> None:
        """Change the one place that says `old`."""
        text = (self.root / path).read_text()
        assert text.count(old) == 1, f"{path} says {text.count(old)} times, not once: {old!r}"
        (self.root / path).write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path, run) -> Project:
    root = tmp_path / "project"
    shutil.copytree(steps.ROOT, root, symlinks=True, ignore=shutil.ignore_patterns(
        "build", "mine", ".git", "__pycache__", ".pytest_cache"))
    kept.INPUTS.mkdir(parents=True, exist_ok=True)
    (root / "build").mkdir()
    (root / "build" / "inputs").symlink_to(kept.INPUTS)
    return Project(root, run)
