"""make peers: what others take for the same work, as a table."""
from __future__ import annotations

from measure.drawing.table import Table
from measure.goldens import golden
from measure.machine import talk
from measure.steps import ROOT
from measure.verbs import ladder
from kernel.measured import machine
from kernel.measured.experiments import peers as kernel_peers

TO = ROOT / "build" / "peers"
BUDGET_SECONDS = 300
HEADINGS = ("peer", "image", "what", "seconds", "× step 110", "requests", "MB")
LEFT = frozenset(("peer", "image", "what"))


def show(workload: str = "") -> None:
    """Measure, print, and write build/peers/kernel-<workload>.json."""
    workload = workload or kernel_peers.WORKLOAD
    conditions = machine.conditions()
    with talk.waiting("Peers") as tell:
        found = kernel_peers.race(workload, conditions, lambda text: tell(f"Peers: {text}"),
                                  golden.budget_seconds("BUDGET", BUDGET_SECONDS))
    print(f"Linux {found['linux']}, {workload}; {conditions.qemu_options}")
    ladder.print_table(table_of(found))
    TO.mkdir(parents=True, exist_ok=True)
    path = TO / f"kernel-{workload}.json"
    path.write_text(golden.as_json(found | {"accelerator": conditions.accel}))
    print(path.relative_to(ROOT))


def table_of(found: dict) -> Table:
    return Table(HEADINGS, LEFT, [
        [name, p["image"], p["what"], f"{p['seconds']:.4f}", _times(p["ratio"]),
         f"{p['requests']:,}", f"{p['bytes'] / 1e6:,.1f}"]
        for name, p in found["peers"].items()])


def _times(ratio: dict) -> str:
    return f"{ratio['median']:.3g} ({ratio['low']:.3g}–{ratio['high']:.3g})"
