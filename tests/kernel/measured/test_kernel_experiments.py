"""What the kernel's experiments compare, and what they make of it."""
from __future__ import annotations

import pytest

from measure import steps
from measure.contests import kept
from measure.contests.pairs import Interval
from measure.goldens import golden
from measure.problem import Problem
from kernel.measured import inputs, machine, part as kernel_part
from kernel.measured.experiments import (ablation as kernel_ablation, fixes as kernel_fixes,
                                         growth as kernel_growth, requests as kernel_requests)


def quiet(text: str) -> None:
    pass


@pytest.mark.parametrize("low, high, said", [
    (21, 25, "too low"), (5, 9, "too high"), (12, 13, "true"), (8, 11, "true"), (19, 30, "true")])
def test_a_claim_is_true_where_prediction_and_measurement_meet(low, high, said) -> None:
    measured = Interval((low + high) / 2, low, high, 6)
    assert kernel_fixes.judged((10, 20), measured) == said


def test_a_layer_that_is_left_out_takes_its_image_with_it() -> None:
    whole = steps.find(106)
    assert kernel_part.image_options(whole)["block_size"] == 4096
    assert kernel_part.image_options(whole, without=[102])["block_size"] == 1024
    assert kernel_part.image_options(whole, without=[101, 104])["block_size"] == 4096


@pytest.fixture
def whole() -> kernel_part.KernelSubject:
    return kernel_part.subject(steps.find(101), inputs.program("elf-24m"), machine.golden_conditions())


def test_leaving_out_what_is_not_there_is_reported_as_no_difference(whole) -> None:
    said = kernel_ablation.built(whole.step, whole, (103,))
    assert said == "the same kernel and the same image"


def test_a_combination_that_does_not_build_is_reported_in_the_compilers_words(
        whole, monkeypatch) -> None:
    def broken(*args, **options):
        raise Problem("make kernel failed:\n  bio.c:1:1: error")
    monkeypatch.setattr(kernel_part, "subject", broken)
    assert kernel_ablation.built(whole.step, whole, (101,)) == "make kernel failed:"


def test_without_the_cache_is_another_kernel_under_a_name_of_its_own(whole) -> None:
    rest = kernel_ablation.built(whole.step, whole, (101,))
    assert rest.name == "101-block-cache without 101"
    assert rest.kernel != whole.kernel and rest.disk == whole.disk


def test_every_size_is_raced_and_the_slow_kernel_stops_before_the_largest() -> None:
    by_step = {n: [r.size for r in kernel_growth.races() if n in r.numbers] for n in (100, 106, 110)}
    assert by_step[106] == by_step[110] == ["1mb", "10mb", "100mb", "1gb"]
    assert by_step[100] == ["1mb", "10mb", "100mb"]


def test_growth_is_measured_for_each_step_and_the_floor(monkeypatch) -> None:
    monkeypatch.setattr(kernel_growth, "SIZES", {"1mb": 10**6})
    found = kernel_growth.measure(quiet, 0)
    requests = {name: found[name]["1mb"]["virtio.requests"] for name in ("100", "106", "110")}
    assert requests["100"] > 10 * requests["106"] > 10 * requests["110"]
    assert found["floor"]["1mb"]["virtio.bytes"] >= 10**6
    assert all(found[name]["1mb"]["rounds"] == 2 for name in ("100", "106", "110", "floor"))


def test_an_input_that_is_forgotten_leaves_nothing(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(kept, "INPUTS", tmp_path)
    path, _ = inputs.seeded("elf-tiny", 100_000, seed=3)
    assert {p.name for p in tmp_path.iterdir()} >= {"elf-tiny.elf", "elf-tiny.elf.sha256"}
    kept.forget(path)
    assert list(tmp_path.iterdir()) == []


LOG = """\
7@100.999990:virtio_blk_handle_read vdev 0x1 req 0xa sector 2 nsectors 2
7@101.000020:virtio_blk_req_complete vdev 0x1 req 0xa status 0
7@101.000100:virtio_blk_handle_read vdev 0x1 req 0xb sector 80 nsectors 8
7@101.000110:virtio_blk_handle_read vdev 0x1 req 0xa sector 99 nsectors 4
qemu: something else altogether
7@101.000150:virtio_blk_req_complete vdev 0x1 req 0xa status 0
7@101.000190:virtio_blk_req_complete vdev 0x1 req 0xb status 0
7@101.000200:virtio_blk_handle_read vdev 0x1 req 0xb sector 5 nsectors 1
"""


def test_requests_are_matched_with_their_answers_even_when_these_overtake() -> None:
    second = 101_000_000
    assert kernel_requests.parse(LOG) == [
        kernel_requests.Request(second - 10, second + 20, 2, 2),
        kernel_requests.Request(second + 100, second + 190, 80, 8),
        kernel_requests.Request(second + 110, second + 150, 99, 4),
    ]


def test_a_load_begins_when_mounting_is_done() -> None:
    load = kernel_requests.Load(kernel_requests.parse(LOG), 500)
    assert load.began_us == 101_000_100


def test_requests_for_the_programs_bytes_are_told_from_all_others(tmp_path) -> None:
    (tmp_path / "image").write_bytes(bytes(80 * 512) + b"i" * 8 * 512 + b"p" * 200 * 512)
    found = kernel_requests.beginning(kernel_requests.Load(kernel_requests.parse(LOG), 500), 50,
                                      tmp_path / "image", {b"p" * 512})
    assert found == {"load_us": 500, "start_us": [0, 10], "took_us": [90, 40],
                     "nsectors": [8, 4], "of_program": [0, 1]}


def test_qemu_notes_every_request_that_the_kernel_counts(whole) -> None:
    load, counted = kernel_requests.traced(whole), golden.load(whole.step)["counters"]
    assert len(load.requests) == counted["virtio.requests"]
    assert sum(r.nsectors for r in load.requests) * 512 == counted["virtio.bytes"]
