"""Applies the mutants of list.txt one at a time to a copy of the checkout, runs the reliability tests, and prints which caught each."""

import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
# The quick ones first: a mutant is done with the first that fail. Each is a target of cargo's and the names wanted among its tests; an
# entry of the list may name another such stage, to be asked before all of these.
STAGES = [
    "lib storage:: codec::",
    "lib database:: set::",
    "bin torture",
    "test backup",
    "test two_processes",
    "test damage",
    "test recovery",
    "test upkeep",
    "test torture",
    "schedules",
]
# How long a stage may take, in seconds; who waits for ever is caught, too.
LIMIT = 1200
NEVER_ENDED = 124


def mutants():
    text = (HERE / "list.txt").read_text()
    entry = re.compile(r"^--- ([^\n]+)\n([^\n]+)\n(?:([^<\n][^\n]*)\n)?<<<\n(.*?)\n===\n(.*?)>>>$", re.M | re.S)
    return [(name, file, first, old, new.removesuffix("\n")) for name, file, first, old, new in entry.findall(text)]


def command(stage):
    """The call of cargo for a stage, and what its environment has besides."""
    kind, *words = stage.split()
    if kind == "schedules":
        # A build of its own, beside the other in the same folder.
        quick = ["--config", 'profile.dev.package."*".opt-level=0']
        env = {"RUSTFLAGS": "--cfg shuttle", "PROTOBASE_SCHEDULES": os.environ.get("PROTOBASE_SCHEDULES", "1000")}
        return ["cargo", "test", *quick, "--no-default-features", "--lib"], words or ["schedules::"], env
    target, names = (["--lib"], words) if kind == "lib" else ([f"--{kind}", words[0]], words[1:])
    return ["cargo", "test", *target], names, {}


def run(copy, stage):
    """The tests that fail; None when nothing compiles."""
    cargo, names, env = command(stage)
    call = ["timeout", str(LIMIT), *cargo, "--quiet", "--", "--test-threads", "2", *names]
    done = subprocess.run(call, cwd=copy, env=os.environ | env, capture_output=True, text=True, errors="replace")
    if done.returncode == 0:
        return []
    failed = re.findall(r"^    ([a-z0-9_:]+)$", done.stdout, re.M)
    if failed:
        return sorted(set(failed))
    if re.search(r"^error.*could not compile", done.stderr, re.M):
        return None
    return [f"{stage} (never ended)" if done.returncode == NEVER_ENDED else f"{stage} (ended by a signal)"]


def caught_by(copy, first):
    for stage in [first, *STAGES] if first else STAGES:
        failed = run(copy, stage)
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
