"""Others are told from ourselves."""
from __future__ import annotations

import os
import subprocess
import sys

from measure.machine import quiet

BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


def test_what_a_child_used_that_we_waited_for_is_ours() -> None:
    before = quiet.read([])
    subprocess.run([sys.executable, "-c", BURN], check=True)
    after = quiet.read([])
    assert after.ours - before.ours > 0.25
    assert after.used - before.used > 0.25, "/proc/stat saw it, too"


def test_what_a_process_uses_that_lives_on_is_others_unless_it_is_named(spawn) -> None:
    waits = BURN + "\nprint('done', flush=True)\ninput()"
    with quiet.watching() as watch:
        child = spawn([sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.readline()
    assert watch.others > 0.25
    assert quiet.read([child.pid]).ours - quiet.read([]).ours > 0.25


def test_a_process_that_has_gone_used_nothing_more(spawn) -> None:
    child = spawn(["true"])
    child.wait()
    assert abs(quiet.read([child.pid]).ours - quiet.read([]).ours) < 0.1


def test_a_twentieth_of_a_run_is_a_disturbance_and_what_is_usual_is_none() -> None:
    assert quiet.Watch(seconds=10, stolen=0.6).disturbed()
    assert quiet.Watch(seconds=10, others=0.6).disturbed()
    assert not quiet.Watch(seconds=10, others=0.4).disturbed()
    assert not quiet.Watch(seconds=10, others=2.1).disturbed(usual=2.0)


def test_a_tick_or_two_are_no_disturbance_however_short_the_run() -> None:
    assert not quiet.Watch(seconds=0.01, others=2 / os.sysconf("SC_CLK_TCK")).disturbed()
