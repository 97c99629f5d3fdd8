"""Applies the mutants of list.txt one at a time to a copy of the checkout, runs the reliability tests, and prints which caught each."""

import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
# The quick ones first: a mutant is done with the first that fail. Each is a crate's tests and the names wanted among them.
TESTS = [
    (["--lib"], ["storage::", "codec::"]),
    (["--lib"], ["database::", "set::"]),
    (["--bin", "torture"], []),
    (["--test", "backup"], []),
    (["--test", "two_processes", "--test", "damage", "--test", "recovery", "--test", "upkeep"], []),
    (["--test", "torture"], []),
]
SCHEDULES = (["--lib", "--no-default-features"], ["schedules::"])


def mutants():
    text = (HERE / "list.txt").read_text()
    entry = re.compile(r"^--- ([^\n]+)\n([^\n]+)\n(?:(schedules)\n)?<<<\n(.*?)\n===\n(.*?)>>>$", re.M | re.S)
    return [(name, file, first, old, new.removesuffix("\n")) for name, file, first, old, new in entry.findall(text)]


def run(copy, chosen, names, schedules=False):
    """The tests that fail; None when nothing compiles."""
    env = dict(os.environ)
    if schedules:
        env |= {"RUSTFLAGS": "--cfg shuttle", "CARGO_TARGET_DIR": env["CARGO_TARGET_DIR"] + "-schedules"}
        env.setdefault("PROTOBASE_SCHEDULES", "1000")
    command = ["cargo", "test", "--quiet", *chosen, "--", "--test-threads", "2", *names]
    done = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True, errors="replace", timeout=1800)
    if done.returncode == 0:
        return []
    failed = re.findall(r"^    ([a-z0-9_:]+)$", done.stdout, re.M)
    if failed:
        return sorted(set(failed))
    errors = re.findall(r"^error.*$", done.stderr, re.M)
    return None if any("could not compile" in error for error in errors) else ["(ended by a signal)"]


def caught_by(copy, first):
    stages = [(chosen, names, False) for chosen, names in TESTS]
    schedules = (*SCHEDULES, True)
    for stage in [schedules, *stages] if first else [*stages, schedules]:
        failed = run(copy, *stage)
        if failed is None or failed:
            return failed
    return []


def told(tests):
    if tests is None:
        return "DOES NOT COMPILE"
    if not tests:
        return "SURVIVED"
    return f"`{tests[0]}`" + (f" and {len(tests) - 1} more" if tests[1:] else "")


def main():
    copy, words = pathlib.Path(sys.argv[1]), sys.argv[2:]
    survived = 0
    print("| what was taken away | caught by |\n| --- | --- |", flush=True)
    for name, file, first, old, new in mutants():
        if words and not any(word in name for word in words):
            continue
        path = copy / file
        original = path.read_text()
        if original.count(old) != 1:
            print(f"| {name} | NOT APPLIED: its text is {original.count(old)} times in {file} |", flush=True)
            survived += 1
            continue
        start = time.time()
        path.write_text(original.replace(old, new))
        try:
            tests = caught_by(copy, first)
        finally:
            path.write_text(original)
        survived += not tests
        print(f"| {name} | {told(tests)} |", flush=True)
        print(f"{name}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    sys.exit(1 if survived else 0)


main()
