"""What libstage must reach in the end: all of it is judged by experiments."""
from __future__ import annotations

from collections.abc import Callable

from measure.goldens.goals import Recorded


def _peer(group: str, name: str) -> Callable[[dict], float]:
    """× our time."""
    return lambda found: found[group][name]["ratio"]["median"]


def _ours_by(group: str, name: str) -> Callable[[dict], float]:
    return lambda found: 1 / _peer(group, name)(found)


def _cloned(filesystem: str, counter: str) -> Callable[[dict], float]:
    return lambda found: found[f"copy-{filesystem}"]["500m"]["counters"][counter]


RECORDED = [
    Recorded(experiment="matrix", what="worst cell, against the best peer",
             measured=lambda found: found["worst"]["times_best"], limit=1.03, unit="×"),
    *(Recorded(experiment="peers", what=f"copy on {on}: 500 MB against 64 MB",
               measured=lambda found, on=on: found[f"copy-{on}"]["times_as_long"], limit=1.25,
               unit="×") for on in ("xfs", "btrfs")),
    *(Recorded(experiment="peers", what=f"copy on {on}: bytes that are copied",
               measured=_cloned(on, "copied.bytes"), limit=0, unit="bytes")
      for on in ("xfs", "btrfs")),
    Recorded(experiment="peers", what="tokens of 50 files against fgetc",
             measured=_peer("tokens", "fgetc"), limit=2, unit="×", at_least=True),
    Recorded(experiment="peers", what="tokens of 50 files against memory",
             measured=_ours_by("tokens", "memory"), limit=1.1, unit="×"),
    Recorded(experiment="limit", what="held, of 100,000 files staged in turn",
             measured=lambda found: found["of_limit"], limit=1, unit="× the limit"),
]
