"""Was the machine ours? What the host took of it, and other processes, while something ran.

A virtual machine's CPUs are shared by its host: the time it gave to somebody else stands as *steal*
in the first line of /proc/stat. What other processes of this machine used is all that was used,
less what we and our children did.
"""
from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
SHARE = 0.05  # of the time that a run took: so much of others' is a disturbance
LEAST_SECONDS = 3 * TICK_SECONDS  # /proc/stat counts in ticks, and each reading may be off by one


@dataclass(frozen=True)
class Reading:
    at: float
    stolen: float
    used: float  # by everybody
    ours: float


@dataclass
class Watch:
    """What others took while we watched, in seconds of CPU time."""
    seconds: float = 0.0
    stolen: float = 0.0
    others: float = 0.0

    def disturbed(self, usual: float = 0.0) -> bool:
        """usual: what others take of such a run anyway, as the kernel's threads do that write
        its output to disk.
        """
        return self.stolen + self.others - usual > max(SHARE * self.seconds, LEAST_SECONDS)


@contextmanager
def watching(ours: list[int] | None = None) -> Iterator[Watch]:
    """Watch while the block runs. ours: processes that live on and whose time is ours, too."""
    watch, before = Watch(), read(ours or [])
    yield watch
    after = read(ours or [])
    watch.seconds = after.at - before.at
    watch.stolen = after.stolen - before.stolen
    watch.others = max(0.0, (after.used - before.used) - (after.ours - before.ours))


def read(pids: list[int]) -> Reading:
    user, nice, system, _, _, irq, softirq, steal = _ticks(Path("/proc/stat").read_text())
    own = os.times()
    ours = own.user + own.system + own.children_user + own.children_system
    return Reading(time.monotonic(), steal * TICK_SECONDS,
                   (user + nice + system + irq + softirq) * TICK_SECONDS,
                   ours + sum(map(_used_by, pids)))


def _ticks(stat: str) -> list[int]:
    """ "cpu user nice system idle iowait irq softirq steal …", of all CPUs together."""
    return [int(word) for word in stat.split("\n", 1)[0].split()[1:9]]


def _used_by(pid: int) -> float:
    """By a process and the children that it waited for: proc_pid_stat(5), fields 14 to 17."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(ticks) for ticks in after_name[11:15]) * TICK_SECONDS
