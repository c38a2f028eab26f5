#!/usr/bin/python3
"""Where the minutes of .ci/run go: a line for each group when it ends, and a table of all at the end.

  tests/minutes.py run GROUP COMMAND…   runs it and notes its time in the file that $MINUTES names
  tests/minutes.py table                prints what was noted

Without $MINUTES nothing is noted and nothing printed. As a plugin of pytest it notes how much of its
workers' time each folder of tests took.
"""
from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent


def note(file: str | None, kind: str, group: str, seconds: float) -> None:
    if file:
        with open(file, "a", encoding="utf-8") as f:
            f.write(f"{kind}\t{group}\t{seconds:.1f}\n")


def run(group: str, command: list[str]) -> int:
    """Run one group; its status. What a make above us passes on (open files too) reaches the command."""
    begin = time.monotonic()
    status = subprocess.run(command, close_fds=False).returncode
    seconds = time.monotonic() - begin
    note(os.environ.get("MINUTES"), "group", group, seconds)
    if os.environ.get("MINUTES"):
        print(f"{group}: {seconds / 60:.1f} minutes" + ("" if status == 0 else ", failed"), flush=True)
    return status if status >= 0 else 128 - status


def table(text: str) -> str:
    """Minutes of each group; and what was done in them by folder, where two workers work at once."""
    found: dict[str, dict[str, float]] = {"group": defaultdict(float), "folder": defaultdict(float)}
    for line in text.splitlines():
        kind, group, seconds = line.split("\t")
        found[kind][group] += float(seconds)
    lines = ["minutes by group"]
    lines += [f"  {group:<24}{s / 60:6.1f}" for group, s in found["group"].items()]
    lines.append(f"  {'all':<24}{sum(found['group'].values()) / 60:6.1f}")
    if found["folder"]:
        lines.append("minutes of the tests' workers")
        lines += [f"  {folder:<24}{s / 60:6.1f}"
                  for folder, s in sorted(found["folder"].items(), key=lambda f: -f[1])]
    return "\n".join(lines)


# --- as a plugin -----------------------------------------------------------------------------


class Clock:
    """Adds up what the tests of each folder took; in a pipe only what did not pass is shown."""

    def __init__(self, config: pytest.Config, file: str) -> None:
        self.config = config
        self.file = file
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        path = (self.config.rootpath / report.location[0]).resolve()
        about = path.relative_to(TESTS).parts if path.is_relative_to(TESTS) else (".",)
        group = "/".join(("tests", *about[:1])) if len(about) > 1 else "tests"
        timed = " (measured)" if "measured" in report.keywords else ""
        self.seconds[group + timed] += report.duration

    @pytest.hookimpl(hookwrapper=True)
    def pytest_report_teststatus(self, report):
        outcome = yield
        if not sys.stdout.isatty() and report.passed:
            category, *_ = outcome.get_result()
            outcome.force_result((category, "", ""))

    def pytest_sessionfinish(self) -> None:
        for group, seconds in self.seconds.items():
            note(self.file, "folder", group, seconds)


def pytest_configure(config: pytest.Config) -> None:
    """What the tests start themselves notes nothing."""
    if file := os.environ.pop("MINUTES", None):
        config.pluginmanager.register(Clock(config, file), "minutes by folder")


def main(words: list[str]) -> int:
    if words[:1] == ["run"] and len(words) > 2:
        return run(words[1], words[2:])
    if words == ["table"]:
        file = Path(os.environ.get("MINUTES", os.devnull))
        print(table(file.read_text(encoding="utf-8") if file.exists() else ""))
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
