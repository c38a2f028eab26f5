"""Experiments: found by their files, recorded where the book looks for them."""
from __future__ import annotations

import json
import re
import sys

import pytest

from measure.goldens import experiments
from measure.problem import Problem
from measure.steps import ROOT
from kernel.measured import part as kernel_part

MODULE = '''"""What a made-up part costs.

More about it.
"""


def measure(tell, budget_seconds):
    tell("half of it")
    return {"requests": {"virtio.requests": 12}, "budget": budget_seconds}
'''


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """One experiment, pm.cost, in a project of its own."""
    for module, text in (("experiments/cost", MODULE), ("part", "raise SystemExit('none')")):
        path = tmp_path / f"tests/pm/measured/{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "src/pm").mkdir(parents=True)
    (tmp_path / "src/pm/part.mk").write_text("hundred := 3\n")
    monkeypatch.setattr(experiments, "ROOT", tmp_path)
    monkeypatch.setattr(experiments.parts, "of", lambda part: kernel_part.PART)
    monkeypatch.syspath_prepend(tmp_path / "tests")
    yield tmp_path
    for name in [n for n in sys.modules if n.partition(".")[0] == "pm"]:
        del sys.modules[name]


def test_an_experiment_is_a_module_of_its_part(made_up) -> None:
    assert [str(e) for e in experiments.all_experiments()] == ["pm.cost"]
    assert experiments.all_experiments("kernel") == []
    assert str(experiments.find("pm", "cost")) == "pm.cost"


def test_what_was_measured_is_written_with_the_machine_and_read_again(made_up, monkeypatch) -> None:
    monkeypatch.setenv("BUDGET", "7")
    path, = experiments.record("pm", "cost")
    assert path == made_up / "book/pm/measured/cost.json"
    assert [p.name for p in path.parent.iterdir()] == ["cost.json"]
    found = experiments.load("pm", "cost")
    assert found["about"] == "What a made-up part costs."
    assert (found["requests"], found["budget"]) == ({"virtio.requests": 12}, 7)
    assert {"cpu", "qemu_options", "date"} <= found["machine"].keys()


def test_an_experiment_that_is_not_recorded_names_the_verb_that_does_it(made_up) -> None:
    with pytest.raises(Problem, match="pm.cost is not recorded yet: `make golden-pm EXPERIMENT=cost`"):
        experiments.load("pm", "cost")


def test_a_broken_record_names_its_file_and_the_verb(made_up) -> None:
    path = experiments.find("pm", "cost").path
    path.parent.mkdir(parents=True)
    path.write_text('{"half":')
    with pytest.raises(Problem, match="book/pm/measured/cost.json is no JSON .*EXPERIMENT=cost"):
        experiments.load("pm", "cost")


@pytest.mark.parametrize("part, name, says", [
    ("pm", "costs", "the part pm has no experiment costs; near: cost"),
    ("pm", "xyzzy", "the part pm has no experiment xyzzy; there are: cost"),
    ("fuse", "cost", "the part fuse has no experiment cost; there are: none"),
    ("fuse", "", "the part fuse has no experiments"),
])
def test_an_unknown_experiment_is_refused_with_what_there_is(made_up, part, name, says) -> None:
    with pytest.raises(Problem, match=re.escape(says)):
        list(experiments.record(part, name))


def test_an_experiment_cannot_say_what_the_record_says(made_up) -> None:
    (made_up / "tests/pm/measured/experiments/cost.py").write_text(MODULE.replace('"budget"', '"machine"'))
    with pytest.raises(Problem, match="pm.cost names something machine"):
        list(experiments.record("pm", "cost"))
    assert not experiments.find("pm", "cost").path.exists()


# --- those that there are -----------------------------------------------------------------------

RECORDED = [p.relative_to(ROOT) for p in sorted(ROOT.glob("book/*/measured/*.json"))]


@pytest.mark.parametrize("path", RECORDED, ids=str)
def test_every_record_is_of_an_experiment_that_there_is(path) -> None:
    experiment = experiments.find(path.parts[-3], path.stem)
    assert json.loads((ROOT / path).read_text())["experiment"] == str(experiment)


@pytest.mark.parametrize("experiment", experiments.all_experiments(), ids=str)
def test_every_experiment_is_recorded(experiment) -> None:
    try:
        experiments.load(experiment.part, experiment.name)
        why = ""
    except Problem as e:
        why = str(e)
    if why:
        pytest.fail(why, pytrace=False)


@pytest.mark.parametrize("experiment", experiments.all_experiments(), ids=str)
def test_every_experiment_says_what_it_asks_and_can_be_measured(experiment) -> None:
    assert experiments.about(experiment).endswith(".")
    assert callable(experiment.module.measure)
