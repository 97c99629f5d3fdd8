"""Lines as tables."""

import json
from pathlib import Path


def read(files):
    """The lines of some files; where a cell was measured more than once, the best counts."""
    best = {}
    for file in files:
        for text in Path(file).read_text().splitlines():
            line = json.loads(text)
            key = tuple(line.get(name) for name in ("set", "contender", "part", "filter", "wanted"))
            if key not in best or (line.get("queries_s") or 0) >= (best[key].get("queries_s") or 0):
                best[key] = line
    return list(best.values())


def table(lines):
    """Markdown: one table for each data set, a row for each filter and wanted recall, a column for each contender."""
    for name in dict.fromkeys(line["set"] for line in lines):
        yield from of_set(name, [line for line in lines if line["set"] == name])


def of_set(name, lines):
    contenders = list(dict.fromkeys(line["contender"] for line in lines))
    yield f"\n| {name} | " + " | ".join(contenders) + " |"
    yield "| --- |" + " --- |" * len(contenders)
    rows = {}
    for line in lines:
        for row, cell in cells(line):
            rows.setdefault(row, {})[line["contender"]] = cell
    for row, found in rows.items():
        yield f"| {row} | " + " | ".join(found.get(contender, "-") for contender in contenders) + " |"


def cells(line):
    if line["part"] == "build":
        yield "build, s (processor s)", f"{line['build_s']:.1f} ({line['build_cpu_s']:.1f})"
        yield "most memory while building, MiB", f"{line['build_peak_mib']:.0f}"
        return
    if line["part"] == "memory":
        yield "memory after searches, MiB", f"{line['resident_mib']:.0f}"
        return
    row = f"{line['filter']}, {line['wanted']}"
    if line["queries_s"] is None:
        yield row, f"(recall {line['recall']:.3f})"
    else:
        yield row, f"{line['recall']:.3f} at {line['effort']}: {line['queries_s']:,.0f}"
