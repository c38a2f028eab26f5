"""The last step beside what others do: tokenizers over stdio, GNU's cp, a copy through io_uring.

Also what two well-known programs gain by their way to read: ripgrep with a map and without, and
mold, whose own measure is cp. A program that is not installed is left out by its name.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from measure import steps
from measure.contests import kept
from measure.contests.contest import Contest
from measure.goldens import golden
from measure.goldens.experiments import Tell
from measure.machine import mounts, process
from measure.problem import Problem
from stdio.measured import inputs as stdio_inputs, part as stdio_part, peers as stdio_peers
from stdio.measured.experiments.claims import OWN, placed
from stdio.measured.inputs import Files, MB
from stdio.measured.part import StageSubject
from stdio.measured.peers import Peer

TOKENS = "tokens-headers"
TOKENIZERS = ("fgetc", "fread", "read256k", "mmap", stdio_peers.MEMORY)
ROUNDS = "20"  # of the tokenizers, in one process: together far above the clock's grain
COPIES = {"64m": "copy-64m", "500m": "copy-500m"}
FILESYSTEMS = (OWN, "xfs", "btrfs")
COMMAND = "stage cp"
LEAST_ROUNDS, MOST_ROUNDS = 4, 20
PATTERN = "never to be found here"  # so that every byte is looked at
OBJECTS, OBJECT_BYTES = 50, 2 * MB


def measure(tell: Tell, budget_seconds: float) -> dict:
    """Each of them by its name, or under "not" why there is nothing."""
    if not (everyone := steps.all_steps(part="stdio")):
        raise Problem("there are no steps of part stdio yet")
    last, end = everyone[-1], time.monotonic() + budget_seconds
    found: dict = {"step": last.id}
    waiting = list(questions(last))
    for n, (name, ask) in enumerate(waiting):
        share = max(0, end - time.monotonic()) / (len(waiting) - n)
        try:
            found[name] = ask(lambda text: tell(f"{name}: {text}"), share)
        except Problem as e:
            found[name] = {"not": str(e).splitlines()[0]}
    return found


def questions(last: steps.Step) -> Iterator[tuple[str, Callable[[Tell, float], dict]]]:
    yield "tokens", lambda tell, share: tokens(last, tell, share)
    for filesystem in FILESYSTEMS:
        yield f"copy-{filesystem}", lambda tell, share, on=filesystem: copies(last, on, tell, share)
    yield "ripgrep", search
    yield "mold", link


def raced(subjects: list[StageSubject], rival: str, tell: Tell, share: float, prove: bool = True
          ) -> tuple[Contest, dict]:
    """Everybody in turns: times, and how often the rival's time each takes."""
    contest = Contest(subjects, tell)
    if prove:
        contest.prove()
    pairs = [(s.name, rival) for s in subjects if s.name != rival]
    contest.measure(lambda: min(map(len, contest.times.values())) >= MOST_ROUNDS
                    or contest.narrow(pairs), share, least=LEAST_ROUNDS)
    return contest, {s.name: {"seconds": round(contest.seconds(s.name), 9),
                              "ratio": golden.ratio_json(rival, contest.speedup(s.name, rival))}
                     for s in subjects}


def need(*programs: str) -> None:
    for program in programs:
        if why := stdio_peers.why_not(program):
            raise Problem(why)


# --- the same tokens, however the text comes -------------------------------------------------------


def tokens(last: steps.Step, tell: Tell, share: float) -> dict:
    files = stdio_inputs.workload(TOKENS)
    files = replace(files, arguments=(*files.arguments, "--rounds", ROUNDS), repeats=1)
    ours = replace(stdio_part.subject(last, files), name="stage")
    return raced([ours, *(stdio_part.of_peer(stdio_peers.way(way), files) for way in TOKENIZERS)],
                 ours.name, tell, share)[1]


# --- copies ------------------------------------------------------------------------------------------


def copies(last: steps.Step, filesystem: str, tell: Tell, share: float) -> dict:
    """Two sizes of a file, by us, by GNU's cp and through a ring; and what the kernel was asked."""
    if filesystem != OWN and (why := mounts.why_not(filesystem)):
        raise Problem(why)
    found: dict = {}
    for size, workload in COPIES.items():
        with placed(filesystem, stdio_inputs.workload(workload), "warm") as files:
            contest, found[size] = raced(copiers(last, files), COMMAND, tell, share / len(COPIES),
                                         prove=False)
            found[size]["counters"] = contest.runs["stage"].counters
    ours = [found[size]["stage"]["seconds"] for size in COPIES]
    return found | {"times_as_long": round(ours[1] / ours[0], 3)}


def copiers(last: steps.Step, files: Files) -> list[StageSubject]:
    """The library's call by its own clock; commands from before they exist, ours as the others."""
    need("cp", "uring_cp")
    ours = replace(stdio_part.subject(last, files), name="stage")
    alone = replace(files, arguments=files.arguments[1:])  # the file, and where to
    return [ours, launched(COMMAND, alone, str(ours.program), "cp"), launched("cp", alone),
            launched("uring_cp", alone, str(stdio_peers.built("uring_cp")))]


def launched(name: str, files: Files, *words: str) -> StageSubject:
    """A program that has no clock of its own."""
    launch = stdio_peers.built("launch")
    return stdio_part.of_peer(Peer(name, launch, ("1", "", *(words or (name,)))), files)


# --- two well-known programs -------------------------------------------------------------------------


def search(tell: Tell, share: float) -> dict:
    """ripgrep on one large file, mapped and not: what its rule (a map for few files) is worth."""
    need("rg")
    files = replace(stdio_inputs.workload("seq-100m"), repeats=1)
    files = replace(files, arguments=files.files)
    return raced([launched(name, files, "rg", "--text", "--files-without-match", word,
                           PATTERN) for name, word in (("mmap", "--mmap"), ("read", "--no-mmap"))],
                 "read", tell, share, prove=False)[1]


def link(tell: Tell, share: float) -> dict:
    """mold, making a library of objects that are all data: its own comparison is with cp."""
    need("mold", "ld", "cp")
    folder, sha256 = kept.cached("stdio-objects", f"{OBJECTS} objects of {OBJECT_BYTES} bytes, v1",
                                   make_objects)
    names = tuple(sorted(p.name for p in folder.glob("*.o")))
    size = sum((folder / name).stat().st_size for name in names)
    files = Files("objects", folder, names, sha256, ("{to}", *names), size, size)
    return raced([launched("mold", files, "mold", "-shared", "-o"),
                  launched("ld", files, "ld", "-shared", "-o"),
                  launched("cat", replace(files, arguments=("{to}", *names)), "sh", "-c",
                           'to=$1; shift; exec cat "$@" >"$to"', "sh")],
                 "cat", tell, share, prove=False)[1]


def make_objects(to: Path) -> None:
    to.mkdir()
    for n in range(OBJECTS):
        stdio_inputs.random_file(to / f"data{n:02}", OBJECT_BYTES, n)
        done = process.run(["ld", "-r", "-b", "binary", "-o", f"{n:02}.o", f"data{n:02}"], cwd=to)
        if done.returncode:
            raise Problem(f"ld -b binary: {done.stderr.strip()}")
        (to / f"data{n:02}").unlink()
