"""The experiments of part 4 with a stand-in for its command: every row, every cell, or why not."""
from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest

from measure import steps
from measure.contests import kept
from measure.contests.contest import Contest
from measure.contests.pairs import Interval
from measure.drawing import heat
from measure.drawing.test_figures import boxes, parse
from measure.machine import mounts
from measure.problem import Problem
from measure.steps import Step
from stdio.measured import inputs as stdio_inputs, part as stdio_part, peers as stdio_peers
from stdio.measured.experiments import (advice as stdio_advice, claims as stdio_claims,
                                        limit as stdio_limit, matrix as stdio_matrix,
                                        modes as stdio_modes, packed as stdio_packed,
                                        peers as race)

# Its "command" is a shell's; a bench is handed on to the peer that reads; its time is made up.
STAND_IN = """#!/bin/sh
verb=$1; shift
case $verb in
bench)
	for word; do # the peer knows no modes
		shift
		case $word in --mode|--memory) skip=yes;; --view|--set) ;;
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
    monkeypatch.setattr(kept, "INPUTS", tmp_path / "inputs")
    monkeypatch.setattr(mounts, "FOLDER", tmp_path)
    mb = stdio_inputs.MB
    for name, case in (("seq-100m", stdio_inputs.READ), ("random-1g", stdio_inputs.RANDOM),
                       ("copy-500m", stdio_inputs.COPY),
                       ("copy-64m", stdio_inputs.COPY)):
        monkeypatch.setitem(stdio_inputs.WORKLOADS, name, stdio_inputs.Workload(
            stdio_inputs._file(mb, 1), case, mb))
    for name, workload in stdio_inputs.WORKLOADS.items():
        monkeypatch.setitem(stdio_inputs.WORKLOADS, name, replace(workload, repeats=1))
    monkeypatch.setattr(stdio_matrix, "MOST_IN_ONE", 1)
    monkeypatch.setattr(race, "ROUNDS", "1")
    monkeypatch.setattr(race, "OBJECT_BYTES", 1000)
    for module in (stdio_claims, stdio_matrix, race):
        monkeypatch.setattr(module, "MOST_ROUNDS", 2)
        monkeypatch.setattr(module, "LEAST_ROUNDS", 2)


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
                  .replace("NS", str(800_000_000 >> (step.number - 400))))
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
    missing = "there is no such step yet"
    assert found["random"]["warm"] == {"not": {"401": missing, "413": missing}}
    assert found["small"]["cold"]["not"] == {"404": missing, "413": missing}
    assert "ratio" in found["small"]["cold"]["402"]


def test_every_row_says_what_the_last_step_does_that_is_told_nothing() -> None:
    names = {row.name: [stdio_claims.named(*step) for step in row.steps] for row in stdio_claims.ROWS}
    assert all("413" in those for those in names.values())
    assert {"413-view", "401-view"} < set(names["sequential"]) and "413-set" in names["small"]
    assert all(len(set(those)) == len(those) for those in names.values())
    assert {steps.find(n).number for row in stdio_claims.ROWS for n, _ in row.steps} <= {
        s.number for s in steps.all_steps(part="stdio")}


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


# --- the matrix --------------------------------------------------------------------------------------


def test_every_cell_names_its_best_peer_or_says_why_there_is_none(ladder, monkeypatch) -> None:
    ladder(400)
    monkeypatch.setattr(stdio_matrix, "SIZES", {"1 B": 1, "4 KiB": 4096})
    monkeypatch.setattr(stdio_matrix, "REPEATS", ())
    found = stdio_matrix.measure(lambda text: None, 0)
    json.dumps(found)
    cells = [(access, cache, size) for access in found["cells"] for cache in found["cells"][access]
             for size in found["cells"][access][cache]]
    assert len(cells) == 6 * 2 * 2
    for access, cache, size in cells:
        cell = found["cells"][access][cache][size]
        assert cell["best"] in (stdio_peers.WAYS if access not in ("cat", "cp") else (f"GNU {access}",))
        assert cell["times_best"] > 0 and cell["ours"] in cell["seconds"]
        assert cell["holds"] == (cell["times_best"] <= stdio_matrix.MOST)
        assert cell["low"] <= cell["times_best"] <= cell["high"]
    assert found["worst"]["cells"] == len(cells)
    # The stand-in says that it takes 0.8 s, which no peer takes for so few bytes.
    assert found["worst"]["broken"] >= 4 * 2 * 2
    assert sum(found["worst"][word] for word in ("kept", "open", "broken")) == len(cells)


@pytest.mark.parametrize("narrow, times", [(False, 2), (True, 1)])
def test_the_second_sweep_goes_on_with_what_is_open_and_passes_by_what_is_not(
        ladder, monkeypatch, narrow, times) -> None:
    ladder(400)
    monkeypatch.setattr(stdio_matrix.Contest, "narrow", lambda self, compared: narrow)
    newest = stdio_matrix.the_newest()
    key = ("1 B", stdio_matrix.ACCESSES[0], "warm")
    [(same, cell)] = stdio_matrix.cells(newest, [key], lambda text: None, 0, sweeps=2)
    assert same == key and cell["pairs"] == times * stdio_matrix.LEAST_ROUNDS


def test_a_cell_that_went_wrong_begins_anew_in_the_second_sweep(ladder, monkeypatch) -> None:
    ladder(400)
    real, goes_wrong = stdio_matrix.begin, iter([True, False])

    def begin(*words):
        if next(goes_wrong):
            raise stdio_matrix.Problem("does not count the same twice")
        return real(*words)

    monkeypatch.setattr(stdio_matrix, "begin", begin)
    key = ("1 B", stdio_matrix.ACCESSES[0], "warm")
    [(_, cell)] = stdio_matrix.cells(stdio_matrix.the_newest(), [key], lambda text: None, 0, sweeps=2)
    assert cell["pairs"] == stdio_matrix.LEAST_ROUNDS
    assert cell["went_wrong"] == "does not count the same twice"


@pytest.mark.parametrize("words, count", [
    ("", 96), ("again", 16), ("1 MB, again, warm", 1), ("cold,1 B,  1 GB", 12)])
def test_cells_are_chosen_by_the_words_that_name_them(words: str, count: int) -> None:
    assert len(stdio_matrix.chosen(words)) == count


def test_a_word_that_names_no_cell_is_answered_with_those_that_do() -> None:
    with pytest.raises(Problem, match="the matrix has no tepid; there are: 1 B, .*; in order, .*warm"):
        stdio_matrix.chosen("1 MB, tepid")


@pytest.mark.parametrize("low, high, says", [(0.9, 1.03, "kept"), (1.02, 1.05, "open"),
                                             (1.04, 1.1, "broken")])
def test_a_promise_is_kept_or_broken_only_where_the_whole_interval_says_so(low, high, says) -> None:
    assert stdio_matrix.promise(Interval((low + high) / 2, low, high, 6)) == says


def test_the_worst_cell_of_the_matrix_is_the_one_that_is_surely_bad() -> None:
    surely = {"times_best": 1.2, "low": 1.1, "promise": "broken"}
    perhaps = {"times_best": 3.4, "low": 0.2, "promise": "open"}
    cells = {"cp": {"warm": {"1 GB": perhaps, "1 B": {"not": "no room"}}, "cold": {"1 MB": surely}}}
    assert stdio_matrix.worst(cells) == {"cells": 2, "kept": 0, "open": 1, "broken": 1, "access": "cp",
                                         "times_best": 1.2, "cache": "cold", "size": "1 MB"}


def test_the_table_of_the_matrix_has_a_line_for_each_cell(matrix) -> None:
    lines = stdio_matrix.shown(matrix).splitlines()
    assert len(lines) == 1 + 6 * 2 * 8
    assert lines[-1].split() == ["1", "GB", "cp", "cold", "no", "room"]
    assert "broken" in next(line for line in lines if line.split()[-3:-2] == ["1.50"])


def test_a_cell_that_cannot_be_measured_does_not_stop_the_others(ladder, monkeypatch) -> None:
    ladder(400)
    monkeypatch.setattr(stdio_matrix, "SIZES", {"1 B": 1})
    monkeypatch.setattr(stdio_matrix, "REPEATS", ())
    monkeypatch.setattr(stdio_matrix, "CACHES", ("warm",))
    real = stdio_matrix.entrants

    def entrants(newest, access, files):
        if access.name == "again":
            raise stdio_matrix.Problem("no such case\nand more")
        return real(newest, access, files)

    monkeypatch.setattr(stdio_matrix, "entrants", entrants)
    found = stdio_matrix.measure(lambda text: None, 0)
    assert found["cells"]["again"]["warm"]["1 B"] == {"not": "no such case"}
    assert found["worst"]["cells"] == 5


def test_a_large_file_that_no_workload_has_does_not_stay(monkeypatch) -> None:
    monkeypatch.setattr(stdio_matrix, "KEPT_BYTES", 100)
    access = stdio_matrix.ACCESSES[0]
    files = stdio_matrix.files_of("64 KiB", access, "warm")
    assert files.path.stat().st_size == 2**16
    stdio_matrix.forget_large(files)
    assert not files.path.exists()


# --- a word to the kernel --------------------------------------------------------------------------


def test_each_word_is_held_against_none_cold_and_warm(monkeypatch) -> None:
    monkeypatch.setattr(stdio_advice, "SIZES", {"4 KiB": 4096, "1 MB": 10**6})
    monkeypatch.setattr(stdio_advice, "REPEATS", ())
    monkeypatch.setattr(stdio_advice, "JUMPS", ("1 MB", "10"))
    told: list[str] = []
    found = json.loads(json.dumps(stdio_advice.measure(told.append, 0)))
    none, *others = stdio_advice.WORDS
    assert list(found["words"]) == [none, *others] and list(found["sizes"]) == ["4 KiB", "1 MB"]
    assert list(found["jumps"]) == ["1 MB"]
    for cell in (c for kind in ("cold", "warm", "jumps") for c in found[kind].values()):
        assert list(cell) == [none, *others] and list(cell[none]) == ["seconds"]
        for word in others:
            ratio = cell[word]["ratio"]
            assert ratio["before"] == none and ratio["low"] <= ratio["median"] <= ratio["high"]
            assert cell[word]["seconds"] > 0 and cell[word]["verdict"]
    assert all(any(f"1 MB, {kind}" in line for line in told) for kind in ("cold", "warm", "jumps"))


def test_how_far_is_read_ahead_is_not_said_where_there_is_no_device() -> None:
    assert stdio_advice.read_ahead_kib(Path("/proc")) is None


# --- the ways by name --------------------------------------------------------------------------------


def test_every_way_by_name_is_measured_and_both_rules_held_against_the_best(
        ladder, monkeypatch) -> None:
    ladder(400, 403)
    monkeypatch.setattr(stdio_modes, "SIZES", {"4 KiB": 4096, "1 MB": 10**6})
    monkeypatch.setattr(stdio_modes, "REPEATS", ())
    monkeypatch.setattr(stdio_modes, "LEAST_ROUNDS", 2)
    found = json.loads(json.dumps(stdio_modes.measure(lambda text: None, 0)))
    assert {a: list(c) for a, c in found["cells"].items()} == {
        "read": ["warm", "cold"], "view": ["warm", "cold"], "again": ["warm"], "random": ["warm"],
        "head": ["warm", "cold"]}
    for sizes in (s for caches in found["cells"].values() for s in caches.values()):
        assert list(sizes) == ["4 KiB", "1 MB"]
        for cell in sizes.values():  # the stand-in takes as long in every mode
            assert cell["document"]["median"] == cell["adaptive"]["median"] == 1
            assert cell["best"] in stdio_modes.BY_NAME
            assert list(cell["seconds"]) == ["none", "mmap", "prefetch", "adaptive"]


@pytest.mark.parametrize("size, takes", [(2**20, 3), (2**20 + 1, 2)])
def test_the_document_maps_what_is_larger_than_a_megabyte(size, takes) -> None:
    contest = Contest([], times={"none": [1e-3, 1e-3], "mmap": [2e-3, 2e-3],
                                 "prefetch": [3e-3, 3e-3], "adaptive": [5e-4, 5e-4]})
    found = stdio_modes.judged(contest, size)
    assert found["best"] == "none"
    assert found["document"]["median"] == takes and found["adaptive"]["median"] == 0.5


def test_the_worst_cell_of_each_rule_is_the_one_that_is_surely_bad() -> None:
    def cell(document: float, adaptive: float, low: float = 0) -> dict:
        return {rule: {"median": times, "low": low or times}
                for rule, times in (("document", document), ("adaptive", adaptive))}

    cells = {"read": {"warm": {"1 MB": cell(1.2, 1.1)}, "cold": {"1 MB": cell(7.5, 1)}},
             "head": {"warm": {"1 MB": cell(1, 3)}, "cold": {"1 MB": cell(90, 90, low=0.9)}}}
    assert stdio_modes.worst(cells, "document") == {
        "times": 7.5, "low": 7.5, "access": "read", "says": "read once, 64 KiB at a time",
        "cache": "cold", "size": "1 MB"}
    assert stdio_modes.worst(cells, "adaptive") == {
        "times": 3, "low": 3, "access": "head", "says": "one piece of 4 KiB", "cache": "warm",
        "size": "1 MB"}
    with pytest.raises(Problem, match="nothing was measured"):
        stdio_modes.worst({}, "document")


# --- the heat map ---------------------------------------------------------------------------------------


@pytest.fixture
def matrix() -> dict:
    """Made up: from half the best peer's time to twice, and one cell without a measurement."""
    def cell(times: float) -> dict:
        return {"ours": "view", "times_best": times, "best": "read256k", "holds": times <= 1.03,
                "low": times, "high": times, "pairs": 6, "promise": "kept" if times <= 1.03 else "broken",
                "seconds": {"view": times / 1000, "read256k": 0.001}}

    sizes = list(stdio_matrix.SIZES)
    values = itertools.cycle([0.5, 0.98, 1.0, 1.02, 1.5, 12.3, 1234])
    cells = {a.name: {cache: {s: cell(next(values)) for s in sizes} for cache in ("warm", "cold")}
             for a in stdio_matrix.ACCESSES}
    cells["cp"]["cold"]["1 GB"] = {"not": "no room"}
    return {"cells": cells, "sizes": dict.fromkeys(sizes), "most": 1.03}


def test_the_heat_map_says_every_cell_in_words_too(matrix) -> None:
    root = parse(heat.matrix_svg(matrix, "The matrix"))
    about = root.find("{http://www.w3.org/2000/svg}desc").text
    assert "1 B, in order, warm: 0.500× read256k (0.500 to 0.500), view: 500 µs against 1.00 ms." in about
    assert "1 GB, cp, cold: no room." in about
    assert about.count("× read256k (") == 6 * 2 * 8 - 1


def test_no_text_of_the_heat_map_lies_on_another(matrix) -> None:
    found = boxes(parse(heat.matrix_svg(matrix, "The matrix")))
    assert len(found) > 96
    assert [(a.text, b.text) for a, b in itertools.combinations(found, 2) if a.meets(b)] == []


# --- packed ----------------------------------------------------------------------------------------


def test_each_access_to_a_packed_file_is_held_against_the_buffer(ladder, monkeypatch) -> None:
    ladder(410)
    monkeypatch.setattr(stdio_packed, "SIZE", stdio_inputs.MB // 2)
    monkeypatch.setattr(stdio_packed, "LEAST_ROUNDS", 2)
    monkeypatch.setattr(stdio_packed, "MOST_ROUNDS", 2)
    found = stdio_packed.measure(lambda text: None, 0)
    json.dumps(found)
    for access in stdio_packed.ACCESSES:
        for cache in ("warm", "cold"):
            assert found[access][cache]["ratio"]["before"] == "buffer"
            assert set(found[access][cache]["seconds"]) == {"buffer", "packed"}


def test_before_anything_is_packed_there_is_nothing_to_compare(ladder) -> None:
    ladder(400, 409)
    assert stdio_packed.measure(lambda text: None, 0) == {"not": "there is no step 410 yet"}


# --- the limit -------------------------------------------------------------------------------------


def test_what_is_held_stays_under_the_limit_and_the_kernel_says_so_too(monkeypatch) -> None:
    monkeypatch.setattr(stdio_limit, "TURNS", 2000)
    monkeypatch.setattr(stdio_limit, "LIMIT_BYTES", 2**20)
    found = stdio_limit.measure(lambda text: None, 0)
    json.dumps(found)
    assert 0.9 < found["of_limit"] <= 1 and found["files_bytes"] == 2000 * 16 * 2**10
    assert 2**20 < found["process_bytes"] < 8 * 2**20


def test_before_there_is_a_limit_nothing_stays_under_it(ladder) -> None:
    ladder(410)
    assert stdio_limit.measure(lambda text: None, 0) == {"not": "there is no step 411 yet"}


def test_a_program_that_finds_more_held_than_the_limit_is_no_result(tmp_path, monkeypatch) -> None:
    (tmp_path / "limits").write_text("#!/bin/sh\necho limits: turn 7: more than the limit >&2; exit 1\n")
    (tmp_path / "limits").chmod(0o755)
    with pytest.raises(Problem, match="limits ended with status 1: limits: turn 7: more than"):
        stdio_limit.staged(tmp_path / "limits", tmp_path)


# --- the peers ------------------------------------------------------------------------------------------


def test_peers_that_are_not_here_are_named_and_the_others_are_measured(ladder, monkeypatch) -> None:
    ladder(400)
    absent = {"rg": "rg is not installed", "mold": "mold is not installed"}
    monkeypatch.setattr(stdio_peers, "why_not", lambda program: absent.get(program, ""))
    monkeypatch.setattr(race, "FILESYSTEMS", (race.OWN,))
    found = race.measure(lambda text: None, 0)
    json.dumps(found)
    assert found["ripgrep"] == {"not": "rg is not installed"}
    assert found["mold"] == {"not": "mold is not installed"}
    copied = found["copy-own"]
    assert set(copied["64m"]) == {"stage", "stage cp", "cp", "uring_cp", "counters"}
    assert copied["times_as_long"] == 1 and copied["500m"]["cp"]["ratio"]["before"] == "stage cp"


def test_tokenizers_over_stdio_and_over_memory_find_the_same_tokens(ladder) -> None:
    ladder(400)
    found = race.measure(lambda text: None, 0)["tokens"]
    assert set(found) == {"stage", *race.TOKENIZERS}
    assert found["fgetc"]["ratio"]["median"] > 0 and found["stage"]["ratio"]["median"] == 1


def test_the_objects_that_are_linked_are_objects(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(race, "OBJECTS", 2)
    monkeypatch.setattr(race, "OBJECT_BYTES", 1000)
    race.make_objects(tmp_path / "objects")
    made = sorted((tmp_path / "objects").iterdir())
    assert [p.name for p in made] == ["00.o", "01.o"]
    assert all(p.read_bytes().startswith(b"\x7fELF") and p.stat().st_size > 1000 for p in made)
