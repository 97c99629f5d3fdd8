"""Applies the mutants of list.txt one at a time to a copy of the checkout, runs the reliability tests, and prints which caught each."""

import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
# The quick ones first: a mutant is done with the first test that fails.
TESTS = [
    ["--lib", "storage::"],
    ["--bin", "torture"],
    ["--test", "torture", "--test", "two_processes", "--test", "damage", "--test", "recovery"],
]


def mutants():
    text = (HERE / "list.txt").read_text()
    entry = re.compile(r"^--- ([^\n]+)\n([^\n]+)\n<<<\n(.*?)\n===\n(.*?)>>>$", re.M | re.S)
    return [(name, file, old, new.removesuffix("\n")) for name, file, old, new in entry.findall(text)]


def caught_by(copy):
    for chosen in TESTS:
        run = subprocess.run(
            ["cargo", "test", "--quiet", *chosen, "--", "--test-threads", "2"],
            cwd=copy, capture_output=True, text=True, errors="replace", timeout=1800,
        )
        if run.returncode != 0:
            failed = re.findall(r"^    (\S+)$", run.stdout, re.M)
            if failed:
                return sorted(set(failed))
            errors = re.findall(r"^error.*$", run.stderr, re.M)
            return None if any("could not compile" in error for error in errors) else ["(ended by a signal)"]
    return []


def main():
    copy, words = pathlib.Path(sys.argv[1]), sys.argv[2:]
    survived = 0
    print("| what was taken away | caught by |\n| --- | --- |", flush=True)
    for name, file, old, new in mutants():
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
            tests = caught_by(copy)
        finally:
            path.write_text(original)
        if not tests:
            survived += 1
        what = "DOES NOT COMPILE" if tests is None else f"`{tests[0]}`" + (f" and {len(tests) - 1} more" if tests[1:] else "") if tests else "SURVIVED"
        print(f"| {name} | {what} |", flush=True)
        print(f"{name}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    sys.exit(1 if survived else 0)


main()
