"""Claims about traces: from the notes of a run to a tree, a timeline and one typical page."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from measure import steps
from measure.drawing import calls
from measure.problem import Problem
from kernel.measured import made_up, run_trace

NAMES = {1: ("outer", "file.c"), 2: ("inner", "vfs.c"), 3: ("last", "bio.c")}
GHZ = 1_000_000_000  # a tick is a nanosecond


def enter(after: int, function: int) -> run_trace.Note:
    return after, False, function


def leave(after: int, function: int) -> run_trace.Note:
    return after, True, function


def check_nesting(events: list[list]) -> None:
    """Each call lies inside its caller, and starts no earlier than the one before it."""
    for call in calls.walk(calls.tree(events)):
        assert call.duration >= 0
        inside = [call.start, *[t for c in call.children for t in (c.start, c.end)], call.end]
        assert inside == sorted(inside), f"{call} and {call.children}"


# --- from notes to events -----------------------------------------------------------------------


def test_only_whole_trace_lines_are_taken():
    lines = ["clock.hz 1000", "trace 0 e ffffffff80101840", "trace 1f x ffffffff80101840\r",
             "trace 3 e", "trace g e 1", "error: trace 0 e 1", "loading 50 %", "trace 0 e 1 2"]
    assert run_trace.parse(lines) == [(0, False, 0xffffffff80101840), (31, True, 0xffffffff80101840)]


def test_calls_nest_as_they_were_made():
    notes = [enter(0, 1), enter(10, 2), leave(5, 2), enter(1, 3), leave(2, 3), leave(4, 1)]
    assert run_trace.events(notes, GHZ, NAMES) == [
        [0, "outer", "file.c", 0, 22], [1, "inner", "vfs.c", 10, 5], [1, "last", "bio.c", 16, 2]]


def test_ticks_become_nanoseconds_without_drift():
    notes = [note for _ in range(1000) for note in (enter(1, 1), leave(1, 1))]
    assert run_trace.events(notes, 3 * GHZ, NAMES)[-1][3:] == [1999 // 3, 2000 // 3 - 1999 // 3]


def test_a_function_that_calls_itself_nests():
    notes = [enter(0, 1), enter(1, 1), leave(1, 1), leave(1, 1)]
    assert [e[::4] for e in run_trace.events(notes, GHZ, NAMES)] == [[0, 3], [1, 1]]


def test_a_trace_that_stops_in_the_middle_ends_its_open_calls():
    events = run_trace.events([enter(0, 1), enter(10, 2), enter(10, 3), leave(5, 3)], GHZ, NAMES)
    assert [e[4] for e in events] == [25, 15, 5]
    check_nesting(events)


def test_a_return_whose_call_was_not_noted_is_passed_over():
    events = run_trace.events([leave(0, 3), enter(1, 1), leave(1, 2), leave(1, 1)], GHZ, NAMES)
    assert events == [[0, "outer", "file.c", 1, 2]]


def test_a_missing_return_ends_with_its_caller():
    events = run_trace.events([enter(0, 1), enter(1, 2), leave(5, 1), enter(1, 3), leave(1, 3)],
                          GHZ, NAMES)
    assert [e[0] for e in events] == [0, 1, 0]
    assert events[1][3:] == [1, 5]


def test_no_notes_are_no_events():
    assert run_trace.events([], GHZ, NAMES) == []


def test_an_address_without_a_name_is_shown_as_such():
    assert run_trace.events([enter(0, 0xbeef)], GHZ, NAMES)[0][1:3] == ["beef", "?"]


def test_functions_are_found_by_their_address(tmp_path: Path):
    (tmp_path / "some.c").write_text("static __attribute__((noinline, used)) int a(int x)\n"
                                     "{ return x; }\nint data = 7;\nint b(int x) { return a(x); }\n")
    subprocess.run(["gcc", "-g", "-c", "some.c"], cwd=tmp_path, check=True)
    found = run_trace.symbols(tmp_path / "some.o")
    assert sorted(found.values()) == [("a", "some.c"), ("b", "some.c")]


# --- the tree -----------------------------------------------------------------------------------


def test_each_call_is_in_the_layer_of_its_file_or_else_of_its_caller():
    roots = calls.tree([[0, "f", "file.c", 0, 9], [1, "g", "strange.c", 1, 7],
                        [2, "h", "virtq.c", 2, 5]])
    assert [calls.LAYERS[c.layer] for c in calls.walk(roots)] == ["VFS", "VFS", "virtio"]


def test_a_request_is_made_for_its_outermost_reason():
    made = calls.requests_by_purpose(calls.tree(made_up.page(nblocks=4, nindirect=2)))
    assert made == {"path": 4, "inode": 2, "map": 16, "data": 8}


def test_times_of_the_layers_add_up_to_the_whole():
    roots = calls.tree(made_up.page())
    assert sum(ns for _, _, ns in calls.by_layer(roots)) == roots[0].duration
    assert dict((name, n) for name, n, _ in calls.by_layer(roots))["VFS"] == 1


def test_a_tree_becomes_the_events_that_it_was_made_of():
    assert calls.flat(calls.tree(made_up.page())) == made_up.page()


def test_what_a_left_out_call_made_moves_up():
    page = made_up.page()
    thin = calls.flat(calls.tree(page), keep=lambda c: c.function != "blk_submit")
    assert len(thin) == len(page) - sum(e[1] == "blk_submit" for e in page)
    assert calls.requests_by_purpose(calls.tree(thin)) == calls.requests_by_purpose(calls.tree(page))


# --- one page of many ----------------------------------------------------------------------------


def run_of(*pages: list[list]) -> list[list]:
    """A whole load: these pages one after another, below the loader's two outer calls."""
    events, now = [], 10
    for page in pages:
        events += [[d + 2, f, file, start + now, took] for d, f, file, start, took in page]
        now += page[0][4] + 100
    return [[0, "elf_load", "elf_load.c", 0, now], [1, "load_segment", "elf_load.c", 5, now - 5],
            *events]


def slower(page: list[list], times: int) -> list[list]:
    return [[d, f, file, start * times, took * times] for d, f, file, start, took in page]


def test_the_page_chosen_is_typical_of_the_end():
    first, usual = made_up.page(nindirect=1), made_up.page(nindirect=2)
    odd = made_up.page(nblocks=3)
    settled = [slower(usual, 3), odd, slower(usual, 2), slower(usual, 9), odd]
    assert run_trace.page_events(run_of(*[first] * 15, *settled)) == slower(usual, 3)


def test_a_page_begins_where_the_loader_turns_to_it():
    page = run_trace.page_events(run_of(*[made_up.page()] * 3))
    assert page[0] == made_up.page()[0]
    assert sum(e[1] == run_trace.READ for e in page) == 1


def test_a_load_in_one_read_is_one_page():
    events = run_of(made_up.page())
    assert len(run_trace.page_events(events)) == len(events)


def test_a_trace_without_a_read_is_refused():
    with pytest.raises(Problem, match="file_read_at"):
        run_trace.page_events([[0, "elf_load", "elf_load.c", 0, 10]])


@pytest.mark.parametrize("limit", [60, 100, 10_000])
def test_a_limit_takes_what_stays_inside_a_layer_first(limit):
    whole = calls.tree(made_up.page())
    page = run_trace.page_events(run_of(*[made_up.page()] * 4), limit)
    thin = calls.tree(page)
    assert len(page) == min(limit, len(made_up.page()))
    assert calls.requests_by_purpose(thin) == calls.requests_by_purpose(whole)
    assert thin[0].duration == whole[0].duration
    if limit >= 100:
        assert [n for _, n, _ in calls.by_layer(thin)] == [n for _, n, _ in calls.by_layer(whole)]
    check_nesting(page)


# --- Perfetto -----------------------------------------------------------------------------------


def check_perfetto(events: list[list]) -> None:
    """Valid as JSON, every slice inside the one that it stands below, time never going back."""
    made = json.loads(json.dumps(run_trace.perfetto(events, "step")))["traceEvents"]
    slices = [e for e in made if e["ph"] == "X"]
    spans = [(round(e["ts"] * 1000), round(e["dur"] * 1000)) for e in slices]  # µs to ns
    assert [(e["name"], *span) for e, span in zip(slices, spans)] == [
        (function, start, took) for _, function, _, start, took in events]
    assert spans == sorted(spans, key=lambda span: span[0])
    going: list[int] = []  # where the open slices end
    for start, took in spans:
        while going and start >= going[-1]:
            going.pop()
        assert not going or start + took <= going[-1]
        going.append(start + took)
    requests = [e for e in made if e["ph"] == "i"]
    assert len(requests) == sum(f == calls.REQUEST for _, f, *_ in events)
    named = {e["tid"] for e in made if e["name"] == "thread_name"}
    assert {e["tid"] for e in slices + requests} <= named


def test_perfetto_gets_each_call_inside_its_caller():
    check_perfetto(run_of(*[made_up.page()] * 3))


# --- a real run ----------------------------------------------------------------------------------

KERNEL = steps.all_steps(part="kernel")


@pytest.fixture(scope="module", params=sorted({KERNEL[0], KERNEL[-1]}, key=lambda s: s.number),
                ids=lambda s: s.id)
def recorded(request) -> tuple[steps.Step, list[list]]:
    """The first and the last step, each traced once on its own workload."""
    return request.param, run_trace.record(request.param)


def test_a_real_run_is_whole(recorded):
    step, events = recorded
    check_nesting(events)
    check_perfetto(events)
    depth = {e[1]: e[0] for e in events if e[1] in ("program_open", "file_open", "elf_load")}
    assert depth == {"program_open": 0, "file_open": 1, "elf_load": 1}
    assert all(file.endswith(".c") for _, _, file, _, _ in events)


def test_a_real_page_goes_through_the_layers_to_the_device(recorded):
    step, events = recorded
    page = run_trace.page_events(events, run_trace.GOLDEN_EVENTS)
    roots = calls.tree(page)
    made = calls.requests_by_purpose(roots)
    assert len(page) <= run_trace.GOLDEN_EVENTS
    assert made.get("data", 0) >= 1
    if step.first:  # a 4 KiB page is 8 sectors; each of its 4 blocks has 2 indirect ones above it
        assert (made["data"], made["map"], made["inode"]) == (8, 16, 2)
        assert all(n for _, n, _ in calls.by_layer(roots))
