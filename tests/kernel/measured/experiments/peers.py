"""How long Linux takes to read the same file from the same image, under the same QEMU.

Debian's cloud kernel boots, mounts the image of a step and reads the file once, with a cold
cache; our steps and the floor take turns with it.
"""
from __future__ import annotations

import statistics
from collections.abc import Callable

from measure import steps
from measure.contests import pairs
from measure.contests.subject import FLOOR
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.problem import Problem
from kernel.measured import inputs, linux, machine, part as kernel_part
from kernel.measured.emulator import Conditions
from kernel.measured.linux import Guest, Reading, WAYS
from kernel.measured.part import KernelSubject

WORKLOAD = "bun"
OURS = (108, 110)
RIVAL = 110
PEERS = {"linux-ext4-dd-256k": (110, "dd-256k"), "linux-ext4-dd-4k": (110, "dd-4k"),
         "linux-ext4-cat": (110, "cat"), "linux-ext2-dd-256k": (108, "dd-256k")}
LEAST_ROUNDS = 6


def measure(tell: Tell, budget_seconds: float) -> dict:
    return race(WORKLOAD, machine.main_conditions(), tell, budget_seconds)


def race(workload: str, conditions: Conditions, tell: Tell, budget_seconds: float) -> dict:
    """Everybody in turns, and each against our step RIVAL."""
    program = inputs.program(workload)
    if program.substitute:
        raise Problem(f"{workload} could not be had, and this cannot do without it")
    guest = linux.guest()
    ours = {n: kernel_part.subject(steps.find(n), program, conditions) for n in OURS}
    below = ours[RIVAL].floor()
    hz = below.run().figures["clock.hz"]
    for n, one in ours.items():
        tell(f"verifying {one.name}, and Linux on its image")
        one.prove()
        linux.prove(guest, program, one.disk, conditions, hz)
    counted: dict[str, dict] = {}
    runners = {**{str(n): _ours(s, counted) for n, s in ours.items()}, FLOOR: _ours(below, counted),
               **{name: _linux(name, guest, ours[n], way, hz, counted)
                  for name, (n, way) in PEERS.items()}}
    names = list(runners)
    rival = names.index(str(RIVAL))
    times = pairs.interleave(
        [_told(tell, name, run) for name, run in runners.items()],
        lambda times: all(pairs.speedup(t, times[rival]).narrow for t in times),
        budget_seconds=budget_seconds, least=LEAST_ROUNDS)
    return {"workload": workload, "step": ours[RIVAL].name, "linux": guest.version,
            "peers": {name: {"seconds": round(statistics.median(t), 6), **counted[name],
                             "ratio": golden.ratio_json(name, pairs.speedup(t, times[rival]))}
                      for name, t in zip(names, times)}}


def _told(tell: Tell, name: str, run: Callable[[], float]) -> Callable[[], float]:
    rounds = 0

    def one() -> float:
        nonlocal rounds
        rounds += 1
        tell(f"round {rounds} of at least {LEAST_ROUNDS}: {name}")
        return run()

    return one


def _ours(s: KernelSubject, counted: dict[str, dict]) -> Callable[[], float]:
    def one() -> float:
        done = s.run()
        name = FLOOR if s.step is None else str(s.step.number)
        counted[name] = _cost(s.disk.about, s.title, done.counters["virtio.requests"],
                              done.counters["virtio.bytes"])
        return done.seconds

    return one


def _linux(name: str, guest: Guest, s: KernelSubject, way: str, hz: int, counted: dict[str, dict]
           ) -> Callable[[], float]:
    def one() -> float:
        r: Reading = linux.read(guest, s.program, s.disk, way, s.conditions, hz)
        counted[name] = _cost(s.disk.about, WAYS[way], r.requests, r.nbytes) | {
            "start_seconds": r.start_seconds, "clock": r.clock, **r.queue}
        return r.seconds

    return one


def _cost(image: str, what: str, requests: int, nbytes: int) -> dict:
    return {"image": image, "what": what, "requests": requests, "bytes": nbytes,
            "bytes_per_request": round(nbytes / requests)}
