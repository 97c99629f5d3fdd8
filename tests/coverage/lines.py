"""Adds up the lines of `src` that tests have run, from the profiles that they left.

Not counted are the tests themselves: what stands behind `#[cfg(test)]` in `src`, and `src/bin/torture`, a program that tests, which is told apart.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

LEAST = 90.0
TEST = re.compile(r"\s*#\[cfg\((any\(|all\()?test\b")
MODULE = re.compile(r"\s*(pub(\([^)]*\))? )?mod (\w+);")


def programs(folder):
    """The executables that were built, which know where their lines are."""
    messages = map(json.loads, (folder / "built.json").read_text().splitlines())
    built = {message.get("executable") for message in messages if message["reason"] == "compiler-artifact"}
    return sorted(program for program in built if program and Path(program).exists())


def records(llvm_cov, folder):
    """How often each line of each file was run."""
    objects = [argument for program in programs(folder) for argument in ("-object", program)]
    command = [llvm_cov, "export", "--format=lcov", f"--instr-profile={folder / 'all.profdata'}", *objects]
    exported = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    files, lines = {}, {}
    for record in exported.splitlines():
        kind, _, rest = record.partition(":")
        if kind == "SF":
            path = Path(rest).resolve()
            lines = files.setdefault(path.relative_to(Path.cwd()), {}) if path.is_relative_to(Path.cwd()) else {}
        elif kind == "DA":
            number, count = rest.split(",")[:2]
            lines[int(number)] = lines.get(int(number), 0) + int(count)
    return files


def tests_of(path):
    """The numbers of the lines of a file that are tests, and the files and folders that are tests altogether."""
    numbers, modules = set(), []
    text = path.read_text().splitlines()
    folder = path.parent if path.name in ("mod.rs", "lib.rs", "main.rs") else path.with_suffix("")
    for at, line in enumerate(text):
        if not TEST.match(line):
            continue
        # Past other attributes, the item goes on up to the line that closes it, which rustfmt indents like the first.
        indent = len(line) - len(line.lstrip())
        start = next(n for n in range(at, len(text)) if not text[n].lstrip().startswith("#["))
        if module := MODULE.match(text[start]):
            modules += [folder / module[3], folder / f"{module[3]}.rs"]
        is_whole = text[start].endswith((";", "}"))
        end = start if is_whole else next(n for n in range(start, len(text)) if text[n][indent:][:1] in ("}", "]"))
        numbers |= set(range(at + 1, end + 2))
    return numbers, modules


def percent(run, all_lines):
    return 100.0 * run / max(all_lines, 1)


def main():
    sources = {path: tests_of(path) for path in Path("src").rglob("*.rs")}
    test_files = {file for _, modules in sources.values() for file in modules}
    totals = {False: [0, 0], True: [0, 0]}
    table = []
    for path, lines in records(sys.argv[1], Path(sys.argv[2])).items():
        if path not in sources or any(file in test_files for file in [path, *path.parents]):
            continue
        counted = {number: count for number, count in lines.items() if number not in sources[path][0]}
        run = sum(count > 0 for count in counted.values())
        tests = Path("src/bin/torture") in path.parents
        totals[tests][0] += run
        totals[tests][1] += len(counted)
        missed = [number for number, count in sorted(counted.items()) if count == 0]
        if not tests and percent(run, len(counted)) < LEAST:
            table.append((percent(run, len(counted)), len(counted), path, missed))
    for share, number, path, missed in sorted(table, key=lambda row: row[0]):
        print(f"{share:6.1f} % of {number:4} lines  {path}: {' '.join(map(str, missed))}")
    (run, number), (torture, torture_number) = totals[False], totals[True]
    print(f"src/bin/torture: {percent(torture, torture_number):.2f} % of {torture_number} lines")
    print(f"src: {percent(run, number):.2f} % of {number} lines")
    sys.exit(percent(run, number) < LEAST)


main()
