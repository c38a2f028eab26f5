"""Part 4: the `stage` command of a step, and the files that one of its benches reads."""
from __future__ import annotations

import argparse
import contextlib
import filecmp
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from measure import build, steps
from measure.contests import kept
from measure.contests.measured_part import MeasuredPart
from measure.contests.subject import FLOOR as FLOOR_NAME, Progress, Proof, Subject, copied, silent
from measure.drawing import svg
from measure.goldens import experiments
from measure.machine import here, hosted, page_cache, talk
from measure.machine.hosted import Run
from measure.problem import Problem
from measure.steps import Step
from stdio.measured import inputs as stdio_inputs, peers as stdio_peers
from stdio.measured.inputs import Files
from stdio.measured.peers import Peer

FLOOR = "the same bytes, in memory before the clock starts"
GOAL = COMMAND = "stage"


@dataclass(frozen=True)
class StageSubject(Subject):
    name: str
    title: str
    step: Step | None
    program: Path
    input: Files
    options: tuple[str, ...] = ()  # further ones: --mode mmap
    words: tuple[str, ...] = ("bench",)  # before the case
    limit_seconds: float = hosted.LIMIT_SECONDS

    @property
    def folder(self) -> Path:
        return self.program.parent

    @property
    def condition(self) -> str:
        return StdioPart.CONDITIONS[0]

    def moved(self, to: Path) -> StageSubject:
        return replace(self, input=replace(self.input, folder=copied(self.input.folder, to,
                                                                     self.input.files)))

    @property
    def about(self) -> str:
        files = len(self.input.files)
        return (f"{self.input.name}, {self.input.size_bytes:,} bytes"
                + (f" in {files - 1} files" if files > 1 else "")
                + f"; {' '.join(self.input.arguments)}; {self.input.cache}")

    def run(self, on_progress: Progress = silent) -> Run:
        """Its time is the median of the input's number of runs."""
        runs = [self._once() for _ in range(self.input.repeats)]
        return replace(runs[0], seconds=statistics.median(r.seconds for r in runs))

    def _once(self, check_copy: bool = False) -> Run:
        source = self.input.paths[0]
        with self._destination() as to:
            page_cache.READY[self.input.cache](self.input.paths)
            done = hosted.run(self._command(to), cwd=self.input.folder,
                              limit_seconds=self.limit_seconds)
            if check_copy and not filecmp.cmp(source, to, shallow=False):
                raise Problem(f"{self.name} copies {source.name} wrong: the copy is not the same")
        return done

    def _command(self, to: Path) -> list[str | Path]:
        words = (*self.words, *self.input.arguments, *self.options)
        return [self.program, *(str(to) if word == "{to}" else word for word in words)]

    @contextlib.contextmanager
    def _destination(self) -> Iterator[Path]:
        """Where a copy may go: on the same file system, and gone afterwards."""
        if not self.input.copies:
            yield Path()
            return
        with tempfile.TemporaryDirectory(dir=self.input.folder, prefix=".copy-") as scratch:
            yield Path(scratch) / "copy"

    def prove(self, on_progress: Progress = silent) -> Proof:
        """What it says of the bytes must be what every other build says; a copy is compared."""
        done = self._once(check_copy=self.input.copies)
        if not done.output.strip():
            raise Problem(f"{self.name} with {self.input.name} gives no output that could be "
                          "compared")
        copied = ", and the copy is the same" if self.input.copies else ""
        return Proof(f"gives {done.output.strip()!r}{copied}", done.output)

    def floor(self) -> StageSubject | None:
        """The same look at the same bytes, when they are in memory already.

        Of a copy nobody can say it: file systems that share blocks copy none.
        """
        return None if self.input.copies else of_peer(stdio_peers.way(stdio_peers.MEMORY), self.input,
                                                      FLOOR_NAME, FLOOR.capitalize())

    def twin_of(self, other: Subject) -> bool:
        return (self.input.sha256 == other.input.sha256 and self.options == other.options
                and hosted.same_code(self.program, other.program))

    def describe_input(self) -> dict:
        return {"sha256": self.input.sha256, "size_bytes": self.input.size_bytes,
                "delivered_bytes": self.input.delivered_bytes,
                "case": " ".join(self.input.arguments), "cache": self.input.cache}

    def describe_machine(self) -> dict:
        return here.describe(self.input.folder, self.input.cache)


def of_peer(peer: Peer, files: Files, name: str = "", title: str = "") -> StageSubject:
    """Another program that does the same case."""
    return StageSubject(name or peer.name, title or peer.name, None, peer.program, files,
                        words=peer.words)


def subject(step: Step, files: Files, *, options: Sequence[str] = (),
            without: Sequence[int | str] = ()) -> StageSubject:
    with talk.waiting(f"Building step {step.id}"):
        folder = build.of_step(GOAL, step, without=[steps.find(s).number for s in without])
    return StageSubject(step.id, step.toml["title"], step, folder / COMMAND, files, tuple(options))


class StdioPart(MeasuredPart):
    MUST_HOLD = ("architecture", "filesystem", "cache")
    REAL = "seq-bun"
    UNIT = "system call"
    FLOOR = FLOOR
    CHECK_SECONDS = 20

    def of_step(self, step: Step, workload: str, *, condition: str = "",
                without: Sequence[int | str] = (), like: Step | None = None) -> StageSubject:
        return subject(step, stdio_inputs.workload(workload), without=without)

    def around(self, folder: Path, name: str, step: Step, like: Step, workload: str,
               limit_seconds: float) -> StageSubject:
        return StageSubject(name, "", step, folder / COMMAND, stdio_inputs.workload(workload),
                            limit_seconds=limit_seconds)

    def asked_for(self, step: Step, options: argparse.Namespace) -> StageSubject:
        """FILE=, read from its beginning to its end, or WORKLOAD=, or the step's own workload."""
        if options.elf or options.image:
            raise Problem(f"step {step.id} loads no program: FILE=any file, or WORKLOAD=")
        files = (stdio_inputs.own_file(Path(options.file)) if options.file
                 else stdio_inputs.workload(options.workload or step.toml["workload"]))
        return subject(step, files, without=options.without.split())

    def every_input(self) -> Iterator[Files]:
        return stdio_inputs.every_input()

    def requests(self, counters: dict[str, int]) -> int | None:
        """All that the kernel was asked, whatever the call."""
        calls = [n for name, n in counters.items() if name.startswith("sys.")]
        return sum(calls) if calls else None

    def nbytes(self, counters: dict[str, int]) -> int | None:
        """What the kernel was asked to bring or to copy; what is seen through a map is in neither."""
        moved = [counters[name] for name in ("read.bytes", "copied.bytes") if name in counters]
        return sum(moved) if moved else None

    def caption(self, golden: dict) -> str:
        where, size = golden["machine"], golden["input"]["size_bytes"]
        return (f"{golden['workload']}, {size:,} bytes; {where['filesystem']}, {where['cache']} cache; "
                f"{where['cpu']}")

    def describe_machine(self) -> dict:
        return here.describe(kept.INPUTS, "")

    def reached(self) -> str:
        """Copies, a set of files, and a command against GNU's."""
        claims, matrix = (experiments.load(self.name, name) for name in ("claims", "matrix"))
        first, last = str(steps.all_steps(part=self.name)[0].number), matrix["step"].partition("-")[0]

        def ends(row: str, condition: str, by: str = last) -> str:
            seconds = claims[row][condition]["seconds"]
            return f"{svg.seconds_text(seconds[first])} to {svg.seconds_text(seconds[by])}"

        cat = matrix["cells"]["cat"]["warm"]["100 MB"]
        ours, theirs = (svg.seconds_text(cat["seconds"][way]) for way in (cat["ours"], cat["best"]))
        return (f"A copy of 500 MB: {ends('copy', 'warm')}, on XFS {ends('copy', 'xfs-warm')}. 100 small "
                f"files, cold: {ends('small', 'cold', f'{last}-set')}. cat of 100 MB: {ours} where "
                f"{cat['best']} takes {theirs}")

    def goals(self) -> list:
        from stdio.measured import goals
        return goals.RECORDED


PART = StdioPart()
