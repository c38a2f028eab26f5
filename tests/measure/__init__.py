"""The measuring harness: inputs, runs, pairs, verdicts, goldens, ladders."""
