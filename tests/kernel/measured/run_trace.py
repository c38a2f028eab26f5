"""A run in which every call is noted: make trace-100.

The kernel is built once more with src/kernel/trace on top and the compiler's hooks in
every function of the loader's layers. It prints its notes when the clock has stopped;
here they become a tree of calls with names, a timeline for Perfetto, and two pictures of
one page's way. Times include the notes' own cost.
"""
from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable
from pathlib import Path

from measure import build
from measure.drawing import calls, figures, svg
from measure.drawing.calls import Call
from measure.drawing.timeline import totals
from measure.machine import talk
from measure.machine.process import run
from measure.problem import Problem
from measure.steps import ROOT, Step
from kernel.measured import emulator, inputs, machine, part as kernel_part

LINE = re.compile(r"trace ([0-9a-f]+) ([ex]) ([0-9a-f]+)\s*")
READ = "file_read_at"  # what the loader calls for a page
GOLDEN_EVENTS = 300

Note = tuple[int, bool, int]  # ticks since the note before, is it a return, the function's address


# --- from the serial line to events ------------------------------------------------------------

def parse(lines: list[str]) -> list[Note]:
    """The notes among the lines; a line that was cut is passed over."""
    return [(int(m[1], 16), m[2] == "x", int(m[3], 16)) for m in map(LINE.fullmatch, lines) if m]


def symbols(kernel: Path) -> dict[int, tuple[str, str]]:
    """Each function's name and source file, by its address."""
    found = {}
    for text in run(["nm", "--line-numbers", "--defined-only", kernel]).stdout.splitlines():
        symbol, _, place = text.partition("\t")
        address, kind, name = symbol.split()
        if kind in "tT":
            found[int(address, 16)] = (name.split(".")[0], Path(place.split(":")[0]).name)
    return found


def events(notes: list[Note], hz: int, names: dict[int, tuple[str, str]]) -> list[list]:
    """[depth, function, file, start_ns, duration_ns] for each call.

    A trace may begin and end in the middle of things: a return without its call is passed
    over, and what has not returned at the end ends there.
    """
    out: list[list] = []
    going: list[tuple[int, list]] = []  # the function's address, its event
    ticks = now = 0
    for delta, leaves, address in notes:
        ticks += delta
        now = ticks * 1_000_000_000 // hz
        if not leaves:
            function, file = names.get(address, (f"{address:x}", "?"))
            out.append([len(going), function, file, now, 0])
            going.append((address, out[-1]))
        elif address in (a for a, _ in going):
            while (top := going.pop())[0] != address:
                _close(top[1], now)
            _close(top[1], now)
    for _, event in going:
        _close(event, now)
    return out


def _close(event: list, now: int) -> None:
    event[4] = now - event[3]


# --- one page of many ---------------------------------------------------------------------------

def page_events(all_events: list[list], limit: int | None = None) -> list[list]:
    """The calls made for one typical page, from the loader's decision on; times begin at 0.

    Typical: of the last quarter of the loader's reads, where caches and the block map have
    settled, those with the most common number of calls; of these the one of median duration.
    With a `limit`, calls that stay inside one layer go first, and of those the shortest.
    """
    pages = _pages(calls.tree(all_events))
    if not pages:
        raise Problem(f"the trace holds no {READ}() that returned: did the load fail?")
    settled = [(len(list(calls.walk([page]))), page) for page in pages[len(pages) * 3 // 4:]]
    usual = statistics.mode(n for n, _ in settled)
    alike = sorted((page for n, page in settled if n == usual), key=lambda page: page.duration)
    page = alike[len(alike) // 2]
    return calls.flat([page], keep=_thin(page, usual - (limit or usual)))


def _pages(among: list[Call]) -> list[Call]:
    """For each of the loader's reads the outermost call that holds this read and no other."""
    pages = []
    for call in among:
        reads = sum(c.function == READ for c in calls.walk([call]))
        pages += [call] if reads == 1 else _pages(call.children) if reads else []
    return pages


def _thin(page: Call, nout: int) -> Callable[[Call], bool]:
    """Which calls stay when `nout` must go: entering a layer and asking the device count most."""
    ranked = sorted(calls.walk([page]), key=lambda c: (
        c is page, c.function == calls.REQUEST, c.enters, c.duration))
    gone = {id(c) for c in ranked[:max(nout, 0)]}
    return lambda call: id(call) not in gone


# --- for Perfetto ----------------------------------------------------------------------------

def perfetto(all_events: list[list], name: str) -> dict:
    """Chrome's trace event format, which Perfetto opens: calls, and the device's requests."""
    def track(tid: int, title: str) -> dict:
        return {"ph": "M", "name": "thread_name", "pid": 1, "tid": tid, "args": {"name": title}}

    out = [{"ph": "M", "name": "process_name", "pid": 1, "args": {"name": name}},
           track(1, "calls"), track(2, "device requests")]
    for call in calls.walk(calls.tree(all_events)):
        out.append({"ph": "X", "name": call.function, "cat": calls.LAYERS[call.layer], "pid": 1,
                    "tid": 1, "ts": call.start / 1000, "dur": call.duration / 1000,
                    "args": {"file": call.file, "for": call.purpose}})
        if call.function == calls.REQUEST:
            out.append({"ph": "i", "name": calls.PURPOSES.get(call.purpose, "request"), "pid": 1,
                        "tid": 2, "ts": call.start / 1000, "s": "t"})
    return {"displayTimeUnit": "ns", "traceEvents": out}


# --- the verb ------------------------------------------------------------------------------------

def record(step: Step, workload: str | None = None) -> list[list]:
    """Load the step's workload with the traced kernel: all events that its buffer held."""
    program = inputs.program(workload or step.toml["workload"])
    disk = inputs.disk(program, kernel_part.image_options(step))
    elf = build.make("kernel", f"build/{step.number}/trace", f"STEP={step.number}", "WITHOUT=",
                     "TOP=src/kernel/trace", "INSTRUMENT=1") / "kernel.elf"
    with talk.waiting(f"Loading {program.name} with step {step.number}, every call noted"):
        run = emulator.run(elf, disk.path, [f"load={disk.file}", *kernel_part.words_of(step)],
                         machine.main_conditions(), program.memory_mib).check(f"step {step.number}, traced")
    return events(parse(run.said), run.figures["clock.hz"], symbols(elf))


def golden_trace(step: Step) -> dict:
    """What golden.json keeps: one page's way, small enough to be drawn."""
    return {"about": about(step), "unit": "ns", "events": page_events(record(step), GOLDEN_EVENTS)}


def about(step: Step) -> str:
    return (f"One page's way at step {step.number}. Recorded by a build that notes every call; "
            "the times include what the notes cost.")


def write(step: Step, workload: str | None = None) -> list[Path]:
    """trace.json, trace.svg and page-way.svg in build/N/."""
    made = record(step, workload)
    page = page_events(made)
    folder = ROOT / "build" / str(step.number)
    files = {"trace.json": json.dumps(perfetto(made, f"step {step.id}")),
             "trace.svg": figures.timeline_svg(page, about(step)),
             "page-way.svg": figures.page_way_svg(page, about(step))}
    for name, content in files.items():
        (folder / name).write_text(content)
    print(summary(page))
    return [folder / name for name in files]


def summary(page: list[list]) -> str:
    """One page's way as a table: how often each layer was called, and its own time."""
    roots = calls.tree(page)
    lines = [f"{'layer':<12}{'calls':>7}{'own time':>12}"]
    lines += [f"{name:<12}{n:>7,}{svg.seconds_text(ns / 1e9):>12}"
              for name, n, ns in calls.by_layer(roots)]
    return "\n".join([*lines, f"One page: {totals(roots)}. The times include what the notes cost."])
