"""The newest step against the best of its peers: size, access and cache, cell by cell.

The promise is that nobody needs to choose: in no cell does the library take longer than 1.03
times what the best of fread, read(2) into 256 KiB, a plain map, GNU's cp and GNU's cat takes.

CELLS="1 MB, again, warm" measures the cells of these alone, to try something: `make matrix`.
"""
from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from measure import steps
from measure.contests import kept
from measure.contests.contest import Contest
from measure.contests.pairs import Interval
from measure.drawing.svg import seconds_text, three
from measure.drawing.table import Table
from measure.goldens.experiments import Tell
from measure.problem import Problem
from stdio.measured import inputs as stdio_inputs, part as stdio_part, peers as stdio_peers
from stdio.measured.inputs import Files, MB
from stdio.measured.part import StageSubject
from stdio.measured.peers import Peer

MOST = 1.03  # times the best peer
SIZES = {"1 B": 1, "64 B": 64, "4 KiB": 2**12, "64 KiB": 2**16, "1 MB": MB, "16 MB": 16 * MB,
         "100 MB": 100 * MB, "1 GB": 1000 * MB}
CACHES = ("warm", "cold")
# The whole matrix is gone through twice: what else the machine does for a while falls on no cell
# alone. The second time, a cell whose intervals are narrow is passed by.
SWEEPS = 2
LEAST_ROUNDS, MOST_ROUNDS = 4, 20  # in a sweep
KEPT_BYTES = 20 * MB  # larger files that are no workload's are not left lying about

# One time is of so much work, far above the clock's grain: a small case is done many times over in
# one process, where its files stay in memory, and in many processes where they must not.
ROUND_SECONDS = 0.02
START_SECONDS, BYTES_A_SECOND = {"bench": 10e-6, "command": 1e-3}, 3e9  # roughly
MOST_IN_ONE = 1000
REPEATS = ((MB, 9), (16 * MB, 3))  # cold: up to this size, so many processes


@dataclass(frozen=True)
class Access:
    """What is done with the file, by whom."""
    name: str
    says: str
    case: tuple[str, ...]  # of `stage bench`, and of the peers
    command: str = ""            # or of `stage` itself, and of GNU's program of that name
    times: int = 1               # how often each byte is wanted
    most_bytes: int = 2**62      # that are wanted


LARGE = ("--size", "262144")  # at a time: as read256k
ACCESSES = (
    Access("in order", "from front to back", (*stdio_inputs.READ, *LARGE)),
    Access("random", "1,000 pieces of 4 KiB", ("random", "{file}", "--reads", "1000", "--size",
                                               "4096", "--seed", "1"),
           most_bytes=1000 * 4096),
    Access("once", "one piece of 4 KiB", ("random", "{file}", "--reads", "1", "--size", "4096",
                                          "--seed", "1"), most_bytes=4096),
    Access("again", "three times", ("again", "{file}", "--times", "3", *LARGE), times=3),
    Access("cat", "as a command", ("{file}",), "cat"),
    Access("cp", "as a command", ("{file}", "{to}"), "cp"),
)
Key = tuple[str, Access, str]  # size, access, cache


# --- which cells ---------------------------------------------------------------------------------


def every_cell() -> list[Key]:
    return [(size, access, cache) for size in SIZES for access in ACCESSES for cache in CACHES]


def chosen(words: str) -> list[Key]:
    """The cells of "1 MB, again, warm": every word narrows, two of a kind are either."""
    kinds = (list(SIZES), [a.name for a in ACCESSES], list(CACHES))
    asked = [word.strip() for word in words.split(",") if word.strip()]
    for word in asked:
        if not any(word in kind for kind in kinds):
            raise Problem(f"the matrix has no {word}; there are: "
                          f"{'; '.join(', '.join(kind) for kind in kinds)}")
    sizes, accesses, caches = ([k for k in kind if k in asked] or kind for kind in kinds)
    return [(s, a, c) for s, a, c in every_cell() if s in sizes and a.name in accesses
            and c in caches]


# --- measuring -------------------------------------------------------------------------------------


def measure(tell: Tell, budget_seconds: float) -> dict:
    newest = the_newest()
    found: dict = {"step": newest.id, "most": MOST, "sizes": dict(SIZES),
                   "accesses": {a.name: a.says for a in ACCESSES}, "cells": {}}
    for (size, access, cache), one in cells(newest, every_cell(), tell, budget_seconds, SWEEPS):
        found["cells"].setdefault(access.name, {}).setdefault(cache, {})[size] = one
    return found | {"worst": worst(found["cells"])}


def the_newest() -> steps.Step:
    if not (everyone := steps.all_steps(part="stdio")):
        raise Problem("there are no steps of part stdio yet")
    return everyone[-1]


def cells(newest: steps.Step, waiting: list[Key], tell: Tell, budget_seconds: float, sweeps: int = 1
          ) -> Iterator[tuple[Key, dict]]:
    """Each cell as it is done; what one does not need of its share is left to the others.

    What went wrong in the first sweep alone is recorded, too.
    """
    begun: dict[Key, Contest] = {}
    wrong: dict[Key, str] = {}
    end = time.monotonic() + budget_seconds
    for sweep in range(1, sweeps + 1):
        for at, key in enumerate(waiting):
            size, access, cache = key
            turn = (sweep - 1) * len(waiting) + at + 1
            said = f"{turn} of {sweeps * len(waiting)}: {size}, {access.name}, {cache}"
            share = max(0, end - time.monotonic()) / (len(waiting) - at) / (sweeps - sweep + 1)
            one = cell(newest, key, begun, lambda text: tell(f"{said}: {text}"), share,
                       sweep * MOST_ROUNDS)
            if sweep == sweeps:
                again = key in wrong and "not" not in one
                yield key, one | ({"went_wrong": wrong[key]} if again else {})
            elif "not" in one:
                wrong[key] = one["not"]


def cell(newest: steps.Step, key: Key, begun: dict[Key, Contest], tell: Tell,
         budget_seconds: float, most_rounds: int) -> dict:
    """Go on with it where it was left, if that was not enough; what went wrong begins anew."""
    size, access, cache = key
    files = files_of(size, access, cache)
    try:
        if key not in begun:
            begun[key] = begin(newest, access, files)
        contest = begun[key]
        contest.tell = tell
        if not enough(contest, access, most_rounds):
            contest.measure(lambda: enough(contest, access, most_rounds), budget_seconds,
                            least=LEAST_ROUNDS)
    except Problem as e:
        begun.pop(key, None)
        return {"not": str(e).splitlines()[0]}
    finally:
        forget_large(files)
    return judged(contest, access)


def begin(newest: steps.Step, access: Access, files: Files) -> Contest:
    contest = Contest(entrants(newest, access, files))
    if not access.command:  # these say nothing that could be compared
        contest.prove()
    return contest


def judged(contest: Contest, access: Access) -> dict:
    """For each way to use the library: its time ÷ the shortest of its peers'; the worse counts."""
    found = []
    for ours, rivals in matches(access).items():
        best = min((r for r in rivals if r in contest.times), key=contest.seconds)
        ratio = contest.speedup(ours, best)
        found.append({"ours": ours, "best": best, "times_best": round(ratio.median, 4),
                      "low": round(ratio.low, 4), "high": round(ratio.high, 4),
                      "pairs": ratio.pairs, "holds": ratio.median <= MOST, "promise": promise(ratio)})
    rounds = rounds_of(contest.subjects[0].input, access)
    return (max(found, key=lambda match: match["times_best"])
            | {"seconds": {s.name: round(contest.seconds(s.name) / rounds, 9)
                           for s in contest.subjects}})


def promise(ratio: Interval) -> str:
    """What the whole interval says: an open cell lies on both sides of the promise."""
    return "kept" if ratio.high <= MOST else "broken" if ratio.low > MOST else "open"


def matches(access: Access) -> dict[str, tuple[str, ...]]:
    """Who of ours is held against whom: bytes that are copied out against ways that copy them."""
    if access.command:
        return {f"stage {access.command}": (f"GNU {access.command}",)}
    return {"read": tuple(w for w in stdio_peers.WAYS if w != "mmap"), "view": stdio_peers.WAYS}


def enough(contest: Contest, access: Access, most_rounds: int) -> bool:
    pairs = [(ours, r) for ours, rivals in matches(access).items() for r in rivals]
    rounds = min(map(len, contest.times.values()), default=0)
    return rounds >= most_rounds or (rounds > 0 and contest.narrow(pairs))


def entrants(newest: steps.Step, access: Access, files: Files) -> list[StageSubject]:
    """The newest step, and its peers."""
    ours = stdio_part.subject(newest, files)
    if not access.command:
        return [replace(ours, name="read"), replace(ours, name="view", options=("--view",)),
                *(stdio_part.of_peer(stdio_peers.way(name), files) for name in stdio_peers.WAYS)]
    if why := stdio_peers.why_not(access.command):
        raise Problem(why)
    launch = stdio_peers.built("launch")
    words = (str(rounds_of(files, access)), "{to}" if files.copies else "")
    return [replace(ours, name=f"stage {access.command}", program=launch,
                    words=(*words, str(ours.program), access.command)),
            stdio_part.of_peer(Peer(f"GNU {access.command}", launch, (*words, access.command)),
                               files)]


def files_of(size: str, access: Access, cache: str) -> Files:
    files = stdio_inputs.one_file(f"{access.name}, {size}", SIZES[size], access.case, cache,
                                  REPEATS if cache == "cold" else ())
    if access.command:
        return files
    return replace(files, arguments=(*files.arguments, "--rounds", str(rounds_of(files, access))))


def rounds_of(files: Files, access: Access) -> int:
    """How often the whole case is done for one time; a cold file is cold only once."""
    if files.cache == "cold":
        return 1
    wanted = min(files.size_bytes * access.times, access.most_bytes)
    takes = START_SECONDS["command" if access.command else "bench"] + wanted / BYTES_A_SECOND
    return max(1, min(MOST_IN_ONE, round(ROUND_SECONDS / takes)))


def forget_large(files: Files) -> None:
    workloads = {f"stdio-{w.size_bytes // MB}m.bin" for w in stdio_inputs.WORKLOADS.values()}
    if files.size_bytes > KEPT_BYTES and files.files[0] not in workloads:
        kept.forget(files.path)


# --- what came of it -------------------------------------------------------------------------------


def worst(cells: dict) -> dict:
    """The cell that is surely the worst, all of its interval counted; and how many keep the promise."""
    flat = [(c["low"], c["times_best"], access, cache, size, c["promise"])
            for access, caches in cells.items() for cache, sizes in caches.items()
            for size, c in sizes.items() if "not" not in c]
    if not flat:
        return {"cells": 0}
    _, times, access, cache, size, _ = max(flat)
    said = [promise for *_, promise in flat]
    return {"cells": len(flat), **{word: said.count(word) for word in ("kept", "open", "broken")},
            "times_best": times, "access": access, "cache": cache, "size": size}


def line(size: str, access: str, cache: str, cell: dict) -> list[str]:
    """One line of the table."""
    if "not" in cell:
        return [size, access, cache, "", "", "", "", "", cell["not"]]
    ours, best = cell["ours"], cell["best"]
    return [size, access, cache, ours, seconds_text(cell["seconds"][ours]), best,
            seconds_text(cell["seconds"][best]), three(cell["times_best"]),
            f"{three(cell['low'])}–{three(cell['high'])} {cell['promise']}"]


def table(rows: list[list[str]]) -> Table:
    headings = ("size", "access", "cache", "ours", "takes", "best peer", "its time", "×",
                "interval, promise")
    return Table(headings, frozenset(headings) - {"size", "takes", "its time", "×"}, rows)


def shown(found: dict) -> str:
    """What was recorded, a line a cell."""
    return table([line(size, access, cache, cell)
                  for access, caches in found["cells"].items()
                  for cache, sizes in caches.items() for size, cell in sizes.items()]).plain()


def show(words: str, budget_seconds: float) -> None:
    """Measure the cells that are named, print them, and record nothing."""
    from measure.machine import talk

    asked = chosen(words)
    rows = []
    with talk.waiting("Measuring the matrix") as tell:
        for (size, access, cache), one in cells(the_newest(), asked, tell, budget_seconds):
            rows.append(line(size, access.name, cache, one))
            tell("  ".join(rows[-1]))
    print(table(rows).plain(), end="")
