"""python3 -m measure VERB …: what the Makefile's verbs do that measure.

Options are also taken from the environment, as make passes them: make run-101 WORKLOAD=bun.
"""
from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from measure import described
from measure.problem import Problem
from measure.steps import UnknownStep, find


def main(args: list[str]) -> int:
    """Do it; the exit status. Whatever the user can mend is one line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        options = parser().parse_args(args)
        return options.do(options) or 0
    except (Problem, UnknownStep) as e:
        print(e, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # who read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Problem(f"{self.prog}: {message}")


def parser() -> Parser:
    top = Parser(prog="measure", description=__doc__.splitlines()[0])
    verbs = top.add_subparsers(metavar="VERB", required=True)

    def verb(do, *arguments: str, **variables: str) -> None:
        """A verb of the function's name: its arguments, and its options with their help."""
        name = do.__name__.rstrip("_").replace("_", "-")
        p = verbs.add_parser(name, help=do.__doc__)
        for argument in arguments:
            p.add_argument(argument)
        for variable, help in variables.items():
            p.add_argument(f"--{variable}", default=os.environ.get(variable.upper(), ""), help=help)
        p.set_defaults(do=do)

    verb(run, "step", workload="which input", elf="a program of your own",
         image="a disk image of your own", file="the program's path in it",
         verify="1: compare every page with the file",
         touch="per cent of the pages that are read after the load", without="steps to leave out")
    verb(bench, part="which part's; the first if empty", steps="100 103, 100-105, names; all if empty",
         workload="which input", without="steps to leave out")
    verb(peers, part="whose", workload="which input")
    verb(golden, "step", to="another file than the step's golden.json",
         experiment="of a part: only this one")
    verb(goldens, part="which part's", steps="100 103, 100-105, names; all if empty")
    verb(regress, base="the revision to compare with", part="which part's; all if empty",
         steps="100 103, 100-105, names; all if empty", workload="which input")
    verb(matrix, cells="only these: 1 MB, again, warm", budget="seconds for all of them")
    verb(check_counters, "step")
    verb(check_ratio, "step")
    for simple in (demo, floor, probe, inputs, readme):
        verb(simple, **({"part": "below which part's newest step", "workload": "which input"} if simple is floor else {}))
    for about_a_step in (diff, tree, trace, start, try_):
        verb(about_a_step, "step", **({"workload": "which input"} if about_a_step is trace else {}))
    return top


def first_part() -> str:
    return described.parts()[0].name


# --- the verbs: each imports what it needs, so that none waits for the others' libraries ----------


def run(options: argparse.Namespace) -> None:
    """load a program once; print time and counters, write build/N/run.json"""
    from measure.verbs import once
    once.run(find(options.step), options)


def bench(options: argparse.Namespace) -> None:
    """measure a ladder"""
    from measure.verbs import ladder
    ladder.bench(options.part or first_part(), options.steps, options.workload, options.without.split())


def peers(options: argparse.Namespace) -> None:
    """what others do with the same input, beside the newest steps"""
    from measure import parts
    parts.of(options.part or first_part()).peers(options.workload)


def golden(options: argparse.Namespace) -> None:
    """measure a step and write its golden.json; of a part, its experiments"""
    from measure.goldens import experiments, record
    if options.step in experiments.part_names():
        for path in experiments.record(options.step, options.experiment):
            print(path, flush=True)
        return
    print(record.record(find(options.step), Path(options.to) if options.to else None))


def goldens(options: argparse.Namespace) -> None:
    """measure steps of a part in one run and write their golden.json"""
    from measure.goldens import record
    from measure.verbs import ladder
    for path in record.record_together(ladder.chosen_steps(options.part or first_part(), options.steps)):
        print(path, flush=True)


def regress(options: argparse.Namespace) -> int:
    """whether a step is slower than at another revision"""
    from measure.verbs import regress
    return regress.regress(options.base, options.part, options.steps, options.workload)


def matrix(options: argparse.Namespace) -> None:
    """the last step of a part against the best of its peers, cell by cell; records nothing"""
    from measure.goldens import experiments, golden
    for each in experiments.all_experiments():
        if each.name == "matrix":
            each.module.show(options.cells, golden.budget_seconds("BUDGET", 400))


def check_counters(options: argparse.Namespace) -> int:
    """compare a run's counters with golden.json"""
    from measure.goldens import golden
    wrong = golden.check_counters(find(options.step))
    print("\n".join(wrong) or "every counter is as recorded")
    return 1 if wrong else 0


def check_ratio(options: argparse.Namespace) -> int:
    """compare the step's speed with golden.json; STRICT=1 also under other conditions"""
    from measure.goldens import golden
    gate = golden.check_ratio(find(options.step))
    print(f"{gate.outcome}: {gate.why}")
    return 1 if gate.outcome == "fail" else 0


def demo(options: argparse.Namespace) -> None:
    """load a real program with the first and the last step"""
    from measure.verbs.demo import demo
    demo()


def floor(options: argparse.Namespace) -> None:
    """the least that reading the same bytes takes"""
    from measure.verbs import once
    once.floor(options.part or first_part(), options.workload)


def probe(options: argparse.Namespace) -> None:
    """try what this machine can measure with"""
    from measure import parts
    for part in parts.measured():
        for line in parts.of(part).probe():
            print(line)


def inputs(options: argparse.Namespace) -> None:
    """make or fetch every input"""
    from measure import parts
    for part in parts.measured():
        for made in parts.of(part).every_input():
            print(f"{made.name}: {made.path}, {made.size_bytes:,} bytes, SHA-256 {made.sha256}")


def readme(options: argparse.Namespace) -> None:
    """draw the ladder in README.md again"""
    from measure.verbs import readme
    print(readme.redraw())


def diff(options: argparse.Namespace) -> None:
    """what a step changes"""
    from measure.verbs import tree
    print(tree.diff(find(options.step)), end="")


def tree(options: argparse.Namespace) -> None:
    """the whole source of a step as a tree of links"""
    from measure.verbs import tree
    print(tree.tree(find(options.step)))


def trace(options: argparse.Namespace) -> None:
    """one run as a timeline"""
    from measure import parts
    step = find(options.step)
    for path in parts.of_step(step).timeline(step, options.workload):
        print(path)


def start(options: argparse.Namespace) -> None:
    """begin a step of your own"""
    from measure.verbs import own
    print(own.start(options.step))


def try_(options: argparse.Namespace) -> int:
    """build your own step and grade it"""
    from measure.verbs import own
    return own.attempt(options.step)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
