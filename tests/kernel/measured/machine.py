"""The machine that a kernel gets: which conditions this one can measure under, and its description.

A /dev/kvm may be there and yet run a guest a thousand times too slowly, or not at all.
So it is tried once, under a time limit, and the answer kept in build/probe.json.
"""
from __future__ import annotations

import json
import os
import platform
import tempfile
from pathlib import Path

from measure.machine import here, process
from measure.problem import Problem
from measure.steps import ROOT
from kernel.measured import emulator, kernels
from kernel.measured.emulator import Conditions

PROBE_CACHE = ROOT / "build" / "probe.json"
PROBE_LIMIT_SECONDS = 10
PROBE_USABLE_NS = 50_000_000  # for 2,000,000 iterations: emulated well 13 ms, interpreted 1,000 ms


def conditions() -> Conditions:
    """What to measure under: ACCEL=tcg or kvm decides, else what a probe found usable."""
    accel = os.environ.get("ACCEL") or ("kvm" if _remembered("kvm", _kvm)["usable"] else "tcg")
    if accel not in ("tcg", "kvm"):
        raise Problem(f"ACCEL={accel}: there are tcg and kvm")
    return Conditions(accel, _aio())


def golden_conditions(aio: str = Conditions.aio) -> Conditions:
    """Goldens are recorded, and counted, under the accelerator that every machine has."""
    if aio == "io_uring" and not (found := _remembered(aio, _io_uring))["usable"]:
        raise Problem(f"{aio}: {found['why']}")
    return Conditions(aio=aio)


def main_conditions() -> Conditions:
    """The quieter of those that a golden is recorded under, of what this machine has."""
    return golden_conditions(_quieter())


def _quieter() -> str:
    return "io_uring" if _remembered("io_uring", _io_uring)["usable"] else "threads"


def _aio() -> str:
    """AIO=threads or io_uring; else io_uring where QEMU can: it is quieter."""
    aio = os.environ.get("AIO") or _quieter()
    if aio not in ("threads", "io_uring"):
        raise Problem(f"AIO={aio}: there are threads and io_uring")
    if aio == "io_uring" and not (found := _remembered(aio, _io_uring))["usable"]:
        raise Problem(f"AIO=io_uring: {found['why']}")
    return aio


def probe() -> dict[str, dict]:
    """Try again, whatever is remembered: {"kvm": {"usable", "why"}, "io_uring": …}."""
    PROBE_CACHE.unlink(missing_ok=True)
    return {"kvm": _remembered("kvm", _kvm), "io_uring": _remembered("io_uring", _io_uring)}


def _remembered(name: str, ask) -> dict:
    """The answer for this kernel and this QEMU, asked for once."""
    asked_on = {"kernel": platform.release(), "qemu": qemu_version()}
    try:
        known = json.loads(PROBE_CACHE.read_text())
    except (FileNotFoundError, ValueError):
        known = {}
    if known.get("asked_on") != asked_on:
        known = {"asked_on": asked_on}
    if name not in known:
        usable, why = ask()
        known[name] = {"usable": usable, "why": why}
        PROBE_CACHE.parent.mkdir(exist_ok=True)
        fresh = PROBE_CACHE.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(known, indent=2) + "\n")
        os.replace(fresh, PROBE_CACHE)
    return known[name]


def _kvm() -> tuple[bool, str]:
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False, "/dev/kvm is not there, or not ours to open"
    run = emulator.run(kernels.floor(), None, ["probe=1"], Conditions("kvm"), 64,
                     limit_seconds=PROBE_LIMIT_SECONDS)
    if why := run.why_not():
        return False, why
    ns = run.figures.get("probe.ns")
    if ns is None or ns > PROBE_USABLE_NS:
        return False, f"the probe loop took {ns} ns, more than {PROBE_USABLE_NS}"
    return True, f"the probe loop took {ns / 1e6:.1f} ms"


def _io_uring() -> tuple[bool, str]:
    """Whether QEMU can open a file through io_uring: start it once, without a guest."""
    with tempfile.NamedTemporaryFile() as disk:
        disk.truncate(2**20)
        drive = f"{Conditions(aio='io_uring').drive},file={disk.name}"
        with process.running([emulator.qemu(), "-M", "none", "-nodefaults", "-display", "none",
                              "-drive", drive, "-qmp", "stdio"],
                             stdin=process.PIPE, stdout=process.PIPE, stderr=process.PIPE) as qemu:
            try:
                _, said = qemu.communicate(b'{"execute": "qmp_capabilities"}{"execute": "quit"}',
                                           timeout=PROBE_LIMIT_SECONDS)
            except process.TimeoutExpired:
                return False, "QEMU did not answer"
    if qemu.returncode:
        return False, said.decode(errors="replace").strip().splitlines()[-1]
    return True, "QEMU opens files through it"


# --- the description ---------------------------------------------------------------------------


def qemu_version() -> str:
    return here.first_line([emulator.qemu(), "--version"]).removeprefix("QEMU emulator version ")


def describe(conditions: Conditions, memory_mib: int, image: Path) -> dict:
    """What golden.json says about where a kernel was measured, which QEMU ran."""
    where = here.describe(image, conditions.cache)
    first = ("boot", "architecture", "cpu", "cores", "kernel", "compiler")
    return {k: where.pop(k) for k in first} | {
        "qemu": qemu_version(),
        "accelerator": conditions.accel,
        "qemu_options": conditions.qemu_options,
        "memory_mib": memory_mib,
    } | where
