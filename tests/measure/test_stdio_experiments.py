"""The experiments of part 4 with a stand-in for its command: every row, every cell, or why not."""
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from measure import inputs, mounts, stdio_inputs, stdio_part, stdio_peers, steps
from measure.experiments import stdio_claims
from measure.pairs import Interval
from measure.steps import Step

# Its "command" is a shell's; a bench is handed on to the peer that reads; its time is made up.
STAND_IN = """#!/bin/sh
verb=$1; shift
case $verb in
bench)
	for word; do # the peer knows no modes
		shift
		case $word in --mode) skip=yes;; --view|--set) ;;
		*) [ "$skip" ] || set -- "$@" "$word"; skip=;; esac
	done
	if [ "$1" = copy ]; then cp "$2" "$3" && echo copied
	else PEER read256k "$@"; fi
	printf 'run.ns NS\\nsys.read 1\\n' >"$COUNTERS";;
*) exec "$verb" "$@";;
esac
"""


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "INPUTS", tmp_path / "inputs")
    monkeypatch.setattr(mounts, "FOLDER", tmp_path)
    mb = stdio_inputs.MB
    for name, case in (("seq-100m", stdio_inputs.READ), ("random-1g", stdio_inputs.RANDOM),
                       ("copy-500m", stdio_inputs.COPY)):
        monkeypatch.setitem(stdio_inputs.WORKLOADS, name, stdio_inputs.Workload(
            stdio_inputs._file(mb, 1), case, mb))
    for name, workload in stdio_inputs.WORKLOADS.items():
        monkeypatch.setitem(stdio_inputs.WORKLOADS, name, replace(workload, repeats=1))
    monkeypatch.setattr(stdio_claims, "MOST_ROUNDS", 2)
    monkeypatch.setattr(stdio_claims, "LEAST_ROUNDS", 2)


@pytest.fixture
def ladder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts steps of these numbers in part 4's place; each is twice as fast as the one before."""
    def put(*numbers: int) -> None:
        made = []
        for number in numbers:
            folder = tmp_path / "steps" / f"{number}-s"
            folder.mkdir(parents=True)
            (folder / "step.toml").write_text(f'title = "{number}"\nworkload = "seq-100m"\n')
            made.append(Step(number, "s", folder))
        monkeypatch.setattr(steps, "all_steps", lambda root=None, part=None: made)

    def build(goal: str, step: Step, *, without=()) -> Path:
        out = tmp_path / "build" / str(step.number)
        out.mkdir(parents=True, exist_ok=True)
        script = (STAND_IN.replace("PEER", str(stdio_peers.built("peer")))
                  .replace("NS", str(8_000_000 >> (step.number - 400))))
        (out / "stage").write_text(script)
        (out / "stage").chmod(0o755)
        return out

    monkeypatch.setattr(stdio_part.build, "of_step", build)
    return put


# --- the claims ------------------------------------------------------------------------------------


def test_each_row_of_the_table_gets_a_factor_and_a_verdict_warm_and_cold(ladder) -> None:
    ladder(400, 401, 402)
    found = stdio_claims.measure(lambda text: None, 0)
    json.dumps(found)
    assert [row["claimed"] for row in found.values()] == [2.5, 10, 5.3, 4, 4]
    for cache in ("warm", "cold"):
        sequential = found["sequential"][cache]
        assert sequential["402"]["ratio"]["median"] == 4 and sequential["402"]["claim"] == "true"
        assert sequential["401"]["ratio"]["median"] == 2 and sequential["401"]["claim"] == "false"
        assert sequential["401-view"]["ratio"]["before"] == "400"
        assert found["random"][cache]["401"]["claim"] == "false"


def test_a_step_that_is_not_there_yet_is_left_out_by_its_name(ladder) -> None:
    ladder(400, 402)
    found = stdio_claims.measure(lambda text: None, 0)
    assert found["random"]["warm"] == {"not": {"401": "there is no such step yet"}}
    assert found["small"]["cold"]["not"] == {"404": "there is no such step yet"}
    assert "ratio" in found["small"]["cold"]["402"]


def test_without_any_step_every_row_says_so(ladder) -> None:
    ladder()
    found = stdio_claims.measure(lambda text: None, 0)
    assert all("not" in row["warm"] for row in found.values())


def test_copies_are_measured_on_file_systems_that_share_blocks_too(ladder) -> None:
    ladder(400, 406)
    row = next(r for r in stdio_claims.ROWS if r.name == "copy")
    for filesystem in row.filesystems:
        found = stdio_claims.measured(row, filesystem, "warm", lambda text: None, 0)
        if filesystem != stdio_claims.OWN and mounts.why_not(filesystem):
            assert found == {"not": {filesystem: mounts.why_not(filesystem)}}
        else:
            assert found["406"]["ratio"]["median"] == 64 and found["406"]["claim"] == "true"


@pytest.mark.parametrize("low, high, says", [(2.6, 3, "true"), (2, 2.4, "false"), (2.4, 2.6, "open")])
def test_a_claim_is_true_only_where_the_whole_interval_reaches_it(low, high, says) -> None:
    assert stdio_claims.judged(2.5, Interval((low + high) / 2, low, high, 6)) == says
