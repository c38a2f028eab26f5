"""A made-up part of two steps, as whole as a part must be: it adds numbers up.

What stands here is put into a copy of the project: src/toy, tests/toy, two steps, book/toy.
"""
from __future__ import annotations

HEADER = """\
/* Adds up. */
#ifndef TOY_SUM_H
#define TOY_SUM_H

#include "core/types.h"

/* The sum of the numbers from 1 to n. */
uint64_t sum_to(uint64_t n);

#endif
"""

MAIN = r"""/*
 * toy N: the sum of the numbers from 1 to N, and into $COUNTERS what it took.
 */
#include <time.h>

#include "core/count.h"
#include "toy/sum.h"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int report(uint64_t ns)
{
	const char *path = getenv("COUNTERS");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (!f)
		return path ? 1 : 0;
	for (const struct counter *c = NULL; (c = counter_next(c));)
		fprintf(f, "%s %llu\n", c->name, (unsigned long long)c->n);
	fprintf(f, "run.ns %llu\n", (unsigned long long)ns);
	return fclose(f) ? 1 : 0;
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t began = now_ns();
	uint64_t sum = sum_to(n);
	uint64_t took = now_ns() - began;

	printf("%llu\n", (unsigned long long)sum);
	return report(took);
}
"""

SLOW = """\
/*
 * A number at a time: as many additions as there are numbers.
 */
#include "core/count.h"
#include "toy/sum.h"

COUNTER(additions, "sum.additions");

uint64_t sum_to(uint64_t n)
{
	volatile uint64_t sum = 0;

	for (uint64_t i = 1; i <= n; i++)
		sum += i;
	count(&additions, n);
	return sum;
}
"""

FAST = """\
/*
 * First and last, second and last but one: n / 2 pairs, and each of them is n + 1.
 */
#include "core/count.h"
#include "toy/sum.h"

COUNTER(additions, "sum.additions");

uint64_t sum_to(uint64_t n)
{
	count(&additions, 1);
	return n * (n + 1) / 2;
}
"""

TOML = """\
title = "{title}"
summary = "Numbers are added up."
source = "Schoolroom, {title}"
predicts = "it is quick"
workload = "million"
"""

PART = '''\
"""A part that adds up."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from measure import build, steps
from measure.contests import kept
from measure.contests.measured_part import MeasuredPart
from measure.contests.subject import Proof, Subject, copied, silent
from measure.machine import here, hosted


@dataclass(frozen=True)
class Numbers:
    name: str
    path: Path
    sha256: str
    substitute: bool = False
    delivered_bytes: int = 8

    @property
    def size_bytes(self):
        return self.path.stat().st_size

    @property
    def last(self):
        return self.path.read_text()


def million():
    return Numbers("million", *kept.cached("toy-million", "v1", lambda to: to.write_text("1000000")))


@dataclass(frozen=True)
class Sum(Subject):
    name: str
    title: str
    step: steps.Step
    program: Path
    input: Numbers
    condition: str = "plain"

    @property
    def folder(self):
        return self.program.parent

    @property
    def about(self):
        return f"the numbers to {self.input.last}"

    def run(self, on_progress=silent):
        return hosted.run([self.program, self.input.last], cwd=self.folder)

    def prove(self, on_progress=silent):
        return Proof("adds up", self.run().output)

    def floor(self):
        return None

    def twin_of(self, other):
        return hosted.same_code(self.program, other.program)

    def moved(self, to):
        return replace(self, input=replace(self.input, path=copied(self.input.path, to)))

    def describe_input(self):
        return {"sha256": self.input.sha256, "size_bytes": self.input.size_bytes,
                "delivered_bytes": 8}

    def describe_machine(self):
        return here.describe(self.input.path, "warm")


class ToyPart(MeasuredPart):
    MUST_HOLD = ("architecture",)
    REAL = "million"
    UNIT = "addition"
    FLOOR = "nothing"
    CHECK_SECONDS = 5

    def of_step(self, step, workload, *, condition="", without=(), like=None):
        folder = build.of_step("toy", step, without=[steps.find(s).number for s in without])
        return self.around(folder, step.id, step, step, workload, 60)

    def around(self, folder, name, step, like, workload, limit_seconds):
        return Sum(name, step.toml["title"], step, folder / "toy", million())

    def asked_for(self, step, options):
        return self.of_step(step, "million")

    def every_input(self):
        return iter([million()])

    def requests(self, counters):
        return counters.get("sum.additions")

    def nbytes(self, counters):
        return None

    def caption(self, golden):
        return golden["workload"]

    def describe_machine(self):
        return here.describe(kept.INPUTS, "")


PART = ToyPart()
'''

TEST = '''\
import subprocess

import pytest


@pytest.mark.parametrize("n", [0, 1, 10, 999])
def test_it_adds_up(step, build_goal, n):
    done = subprocess.run([build_goal("toy") / "toy", str(n)], text=True, capture_output=True,
                          check=True)
    assert int(done.stdout) == sum(range(n + 1))
'''

OPENING = """\
# Sums

Numbers are added up.

```{summary} toy
```

```{toctree}
:hidden:
:glob:

[0-9]*
```
"""

FIRST = """\
# 500. One by one

```{code} sum.c:sum_to
```

It takes {m}`500.sum.additions` additions.

```{holds}
500.sum.additions > 1
```
"""

SECOND = """\
# 501. By formula

```{change}
```

```{verdict}
```

It takes {m}`501.sum.additions` addition.

```{holds}
501.sum.additions == 1
```
"""

FILES = {
    "src/toy/part.mk": "# What make and Python know of this part.\nhundred := 5\n"
                       "title   := Sums\nkind    := hosted\ngoal    := toy\nprogram := toy\n",
    "src/toy/sum.h": HEADER,
    "src/toy/main.c": MAIN,
    "steps/500-one-by-one/sum.c": SLOW,
    "steps/500-one-by-one/step.toml": TOML.format(title="One by one"),
    "steps/501-by-formula/sum.c": FAST,
    "steps/501-by-formula/step.toml": TOML.format(title="By formula"),
    "tests/toy/measured/part.py": PART,
    "tests/toy/test_sums.py": TEST,
    "book/toy/index.md": OPENING,
    "book/toy/500-one-by-one.md": FIRST,
    "book/toy/501-by-formula.md": SECOND,
}
