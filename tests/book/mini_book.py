"""A small project to weave: two steps with goldens, and a book that shows all there is to show."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from measure.steps import ROOT

SLOW_BIO = """\
/* Blocks, read again each time. */
#include "kernel/bio.h"

struct buf {
	int block;
};

/*
 * A block on loan.
 * Costs one read.
 */
static int bio_get(int block)
{
	return read_block(block);
}
"""
FAST_BIO = SLOW_BIO.replace("read again each time", "kept").replace(
    "\treturn read_block(block);", "\tif (kept(block))\n\t\treturn 0;\n\treturn read_block(block);")
FAULT = "/* What happens at a page fault: nothing. */\nint fault(void)\n{\n\treturn -14;\n}\n"

SLOW_TOML = """\
title = "Slow"
summary = "Slow."
source = "A document, section 1"
workload = "small"
[measured.image]
type = "ext2"
block_size = 1024
[document]
"virtio.requests" = 1000
"""
FAST_TOML = """\
title = "Fast"
summary = "Fast."
source = "A document, fix 1"
predicts = "half the requests"
predicted_ratio = [2.0, 3.0]
workload = "small"
"""
MACHINE = {"cpu": "A CPU", "cores": 2, "memory_mib": 128}


def golden(step: str, requests: int, seconds: float, **more) -> dict:
    return {"step": step, "workload": "small", "input": {"size_bytes": 25165824},
            "counters": {"virtio.requests": requests, "heap.allocs": 0}, "seconds": seconds,
            "floor": {"seconds": 0.004, "distance": seconds / 0.004}, "machine": MACHINE,
            "also": {"real": {"counters": {"virtio.requests": 4 * requests, "heap.allocs": 0},
                              "seconds": 4 * seconds}},
            "trace": {"about": "One page", "unit": "ns",
                      "events": [[0, "elf_load", "elf_load.c", 0, 900],
                                 [1, "bio_get", "bio.c", 100, 700]]}, **more}


RATIO = {"before": "100-slow", "median": 4.1, "low": 4.0, "high": 4.2, "pairs": 12}
# The step before was measured on the first of these alone.
FAST_ALSO = {name: {"counters": {"virtio.requests": 1200, "heap.allocs": 0}, "seconds": 1.2, **more}
             for name, more in (("real", {}), ("new", {"ratio": RATIO, "verdict": "faster"}))}
# What the experiments of a whole part found.
GROWTH = {"sizes": {"1mb": 10**6, "10mb": 10**7}, **{
    name: {"1mb": {"seconds": 0.1, "virtio.requests": 7},
           "10mb": {"seconds": 0.9, "virtio.requests": 70}} for name in ("100", "101", "floor")}}
ABLATION = {"step": "101-fast", "small": {"whole": {"virtio.requests": 300}, "without": {
    "101": {"virtio.requests": 1234567, "ratio": RATIO, "verdict": "faster"},
    "100-101": {"not": "the same kernel and the same image"}}}}
FIXES = {"predicted_ratio": [5.0, 6.0], "small": {"ratio": RATIO, "claim": "too high"}}
CLAIMS = {"about": "What was claimed.", "copy": {
    "says": "Copy it", "claimed": 5,
    "warm": {"seconds": {"100": 1}, "101-view": {"ratio": RATIO, "claim": "open"}},
    "cold": {"not": {"101": "no room"}},
    "xfs-warm": {"101": {"ratio": RATIO, "claim": "true"}}},
    "read": {"says": "Read it", "claimed": 10, "warm": {"not": {"101": "there is no such step yet"}}}}
CELL = {"ours": "view", "best": "read256k", "times_best": 1.02, "low": 1.01, "high": 1.05,
        "seconds": {"view": 0.00102, "read256k": 0.001}}
MATRIX = {"step": "101-fast", "most": 1.03, "sizes": {"1 MB": 10**6},
          "cells": {"again": {"warm": {"1 MB": CELL}, "cold": {"1 MB": {"not": "no room"}}}}}
REQUESTS = {"workload": "small", "size_bytes": 25165824, "window_us": 900, "steps": {
    "101": {"load_us": 900, "start_us": [0, 400], "took_us": [300, 450], "nsectors": [8, 800],
            "of_program": [0, 1]}}}
ADVICE = {"words": {"nothing": "nothing", "huge": "MADV_HUGEPAGE"}, "sizes": {"1 MB": 10**6}, **{
    cache: {"1 MB": {"nothing": {"seconds": seconds},
                     "huge": {"seconds": seconds / 4.1, "ratio": RATIO, "verdict": "faster"}}}
    for cache, seconds in (("cold", 0.001), ("warm", 0.0001), ("jumps", 1))}}
MODES = {"sizes": {"4 KiB": 4096, "1 MB": 10**6}, "accesses": {"read": "read <once>"}, "cells": {
    "read": {"warm": {
        "4 KiB": {"best": "none", "document": {"median": 1.638}, "adaptive": {"median": 0.854}},
        "1 MB": {"best": "mmap", "document": {"median": 1.0}, "adaptive": {"median": 12.34}}}}}}
FILES = {
    "src/kernel/part.mk": "hundred := 1\nkind := bare\nrooms := machine\n",
    "steps/100-slow/bio.c": SLOW_BIO,
    "steps/100-slow/fault.c": FAULT,
    "steps/100-slow/step.toml": SLOW_TOML,
    "steps/100-slow/golden.json": json.dumps(golden("100-slow", 1234567, 1.234)),
    "steps/101-fast/bio.c": FAST_BIO,
    "steps/101-fast/step.toml": FAST_TOML,
    "steps/101-fast/golden.json": json.dumps(
        golden("101-fast", 300, 0.3, before_seconds=1.234, ratio=RATIO, verdict="faster",
               also=FAST_ALSO)),
    "tests/kernel/measured/experiments/cost.py": "",
    **{f"tests/kernel/measured/experiments/{name}.py": ""
       for name in ("later", "claims", "matrix", "advice", "modes")},
    "book/kernel/measured/cost.json": json.dumps({
        "experiment": "kernel.cost", "steps": {"101": [{"seconds": {"median": 0.25, "low": 0.2},
                                                          "virtio.requests": 4321}]}}),
    **{f"book/kernel/measured/{name}.json": json.dumps(found) for name, found in (
        ("growth", GROWTH), ("ablation", ABLATION), ("fixes", FIXES), ("requests", REQUESTS),
        ("claims", CLAIMS), ("matrix", MATRIX), ("advice", ADVICE), ("modes", MODES))},
    "book/kernel/closing.md": "# The whole\n\n" + "\n".join(
        f"```{{{name}}} kernel\n```\n"
        for name in ("summary", "bystep", "requests", "growth", "ablation", "claims", "matrix",
                     "advice", "modes")),
    "src/kernel/bio.h": "/* Borrow a block. */\nint bio_get(int block);\n",
    "book/index.md": "# A book\n\n```{reached}\n```\n\n```{ladder} kernel\n:few:\n```\n\n```{toctree}\nkernel/index\n```\n",
    "book/kernel/index.md": "# A part\n\n```{compare}\n:step: 100\n```\n\n```{timeline}\n"
                            ":step: 100\n```\n\n```{toctree}\n:glob:\n1*\nclosing\n```\n",
    "book/kernel/100-slow.md": "# 100. Slow\n\n```{code} bio.c:bio_get\n```\n\n"
                               "```{code} bio.h:bio_get\n```\n\n```{counters}\n```\n\n"
                               "```{code} bio.c:bio_get\n:step: 101\n```\n",
    "book/kernel/101-fast.md": "# 101. Fast\n\n```{verdict}\n```\n\n```{change}\n```\n\n"
                               "```{code} fault.c\n```\n\n```{counters}\n:workload: real\n```\n\n"
                               "```{counters}\n:workload: new\n```\n\n"
                               "```{ladder} kernel\n:measured:\n:workload: new\n```\n\n"
                               "It made {m}`101.virtio.requests` of {m}`100.virtio.requests`.\n"
                               "It took {m}`kernel.cost.steps.101.0.seconds`, "
                               "{m}`kernel.cost.steps.101.0.virtio.requests` requests.\n",
}


def plant(root: Path, **changed: str | None) -> Path:
    """The project under `root`; `changed` files are by path, None leaves one out."""
    for folder in ("book/_ext", "book/_static", "tests/measure", "tests/kernel/measured"):
        shutil.copytree(ROOT / folder, root / folder,
                        ignore=shutil.ignore_patterns("__pycache__", "test_*"))
    shutil.copy(ROOT / "book/conf.py", root / "book/conf.py")
    for path, text in (FILES | changed).items():
        if text is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
    return root


def sphinx(book: Path, out: Path, builder: str = "html") -> subprocess.CompletedProcess:
    """Build as `make book` does: a warning is an error."""
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", builder,
         "-d", str(out / f"doctrees-{builder}"), str(book), str(out / builder)],
        text=True, capture_output=True, timeout=150,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
