"""What building takes, and the narrowest search that reaches a recall, with its queries a second."""

import ctypes
import gc
import os
import time
from pathlib import Path

ROUNDS, SECONDS = 3, 0.3
WANTED, FILTERED_WANTED = (0.95, 0.99), (0.95,)


def resident():
    """MiB that are resident, and the most that were since `forget_peak`."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return tuple(int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def forget_peak():
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    except (OSError, AttributeError):
        pass


def build(make, data, threads, folder):
    """The contender, and a line about its making."""
    forget_peak()
    before, start, used = resident()[0], time.perf_counter(), time.process_time()
    contender = make(data, threads, folder)
    line = {"build_s": time.perf_counter() - start, "build_cpu_s": time.process_time() - used}
    line["build_peak_mib"] = resident()[1] - before
    forget_peak()
    return contender, line, before


def rate(ask, count):
    """Queries a second by processor time, of all threads of the process: the best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        turns, start = 0, time.process_time()
        while turns == 0 or time.process_time() - start < SECONDS:
            ask()
            turns += 1
        best = max(best, turns * count / (time.process_time() - start))
    return best


def narrowest(efforts, wanted, answer, count):
    """Efforts from narrow to wide until one reaches each wanted recall; those are timed. `answer` gives a question and its judge."""
    lines, best = [], 0.0
    left = list(wanted)
    for effort in efforts:
        ask, judge = answer(effort)
        found, possible = judge(ask())
        recall = found / max(possible, 1)
        best = max(best, recall)
        if left and recall >= left[0]:
            speed = rate(ask, count)
            while left and recall >= left[0]:
                lines.append({"wanted": left.pop(0), "effort": str(effort), "recall": recall, "queries_s": speed})
        if not left:
            return lines
    return lines + [{"wanted": wanted, "effort": None, "recall": best, "queries_s": None} for wanted in left]


def plain(contender, data, right):
    queries = contender.queries(data.queries[: contender.most])

    def answer(effort):
        return (lambda: contender.search(queries, effort)), right

    return narrowest(contender.efforts, WANTED, answer, len(queries))


def filtered(contender, data, accepts):
    most = contender.most and max(1, contender.most // len(accepts))
    parts = [
        (contender.queries(data.queries[accept.chosen[:most]]), contender.accept(accept), accept) for accept in accepts
    ]

    def answer(effort):
        def ask():
            return [contender.filtered(queries, effort, prepared) for queries, prepared, _ in parts]

        def judge(answers):
            counts = [accept.right(found) for found, (_, _, accept) in zip(answers, parts)]
            return tuple(sum(column) for column in zip(*counts))

        return ask, judge

    return narrowest(contender.efforts, FILTERED_WANTED, answer, sum(len(queries) for queries, _, _ in parts))


def pin():
    """From here on every thread has the same core: libraries with pools of threads answer on one as well."""
    core = {max(os.sched_getaffinity(0))}
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), core)
