"""Other vector libraries on the data sets of `cargo bench --bench vector_recall`, k = 10: what building takes with two threads, resident
memory, and queries a second on one thread with the narrowest search that reaches a recall of 0.95 and 0.99, and with filters 0.95.

    python3 -m venv VENV
    VENV/bin/pip install -r benches/peers/vector/requirements.txt
    PROTOBASE_DATA=... VENV/bin/python benches/peers/vector [SET..] [--peers NAME,..] [--parts plain,filtered] [--lines FILE]

The set `clustered`, a million generated vectors of 128, is measured when it is named; the Rust side writes it once:

    cargo bench --manifest-path benches/peers/Cargo.toml --bench vector -- --write FOLDER
    VENV/bin/python benches/peers/vector clustered --generated FOLDER --parts plain

Libraries of an index get all queries in one call, so that calls from Python are not counted, and answer them one by one on one thread; hnswlib
with a filter, qdrant-edge and lancedb get them one a call. Times are the processor time of the whole process, held on one core while it
searches, the best of three rounds, so that other load counts less. All graphs have M = 16 (32 edges a node at the bottom) and
ef_construction = 200, as Protobase's. Each contender runs in a process of its own; memory is what it has beside the data set itself.
Allocated memory is asked for in huge pages, as Protobase has its files: some peers are twice as fast so where the system grants them on request
only (`GLIBC_TUNABLES=glibc.malloc.hugetlb=0` leaves the system's default).
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from contextlib import closing

import contenders
import data
import measure
import report


HUGE_PAGES = "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"


def main():
    arguments = parsed()
    if HUGE_PAGES[0] not in os.environ:
        # The allocator reads it before Python does.
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {HUGE_PAGES[0]: HUGE_PAGES[1]})
    if arguments.tables:
        print("\n".join(report.table(report.read(arguments.tables))))
        return
    lines = []
    for name in arguments.sets:
        found = data.load(arguments.generated if name == "clustered" else arguments.data, name)
        if found is None:
            print(f"skipped 1: no data set {name}", flush=True)
            continue
        rows, dimension = found.base.shape
        print(f"{name}: {rows} x {dimension}, {len(found.queries)} queries", flush=True)
        truth, filters = data.Truth(found), data.filters(found) if "filtered" in arguments.parts else []
        right = truth.of(found.queries)
        for _, accepts in filters:
            for accept in accepts:
                accept.right = truth.of(found.queries[accept.chosen], accept.mask)
        for peer in arguments.peers:
            for line in apart(peer, found, right, filters, arguments):
                lines.append({"set": name, "contender": peer, **line})
                print("  " + json.dumps(lines[-1]), flush=True)
                if arguments.lines:
                    with open(arguments.lines, "a") as file:
                        print(json.dumps(lines[-1]), file=file)
    print("\n".join(report.table(lines)))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=data.SETS[:-1], metavar="SET", help=", ".join(data.SETS))
    listed = lambda text: text.split(",")
    parser.add_argument("--peers", type=listed, default=list(contenders.CONTENDERS), help=", ".join(contenders.CONTENDERS))
    parser.add_argument("--parts", type=listed, default=["plain", "filtered"], help="plain, filtered")
    parser.add_argument("--threads", type=int, default=2, help="of building")
    parser.add_argument("--lines", help="a file that gets a line of JSON for each result")
    parser.add_argument("--tables", nargs="+", metavar="FILE", help="measure nothing, print such files (the Rust side's, too) as tables")
    parser.add_argument("--data", default=os.environ.get("PROTOBASE_DATA", "datasets/extra"))
    parser.add_argument("--generated", default="datasets/extra", help="where the set `clustered` was written")
    return parser.parse_args()


def apart(peer, found, right, filters, arguments):
    """The lines of one contender, from a process of its own."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(sender, peer, found, right, filters, arguments))
    process.start()
    sender.close()
    with closing(receiver):
        try:
            while True:
                yield receiver.recv()
        except EOFError:
            process.join()
    if process.exitcode:
        print(f"  {peer}: ended with {process.exitcode}", flush=True)


def run(sender, peer, found, right, filters, arguments):
    try:
        kind = contenders.find(peer)
    except ImportError as error:
        print(f"  skipped 1: {peer}, {error}", flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        contender, line, before = measure.build(kind, found, arguments.threads, folder)
        sender.send({"part": "build", **line})
        measure.pin()
        if "plain" in arguments.parts:
            for line in measure.plain(contender, found, right):
                sender.send({"part": "plain", "filter": "none", **line})
        resident = measure.resident()[0] - before
        sender.send({"part": "memory", "resident_mib": resident})
        if hasattr(contender, "filtered"):
            for called, accepts in filters:
                for line in measure.filtered(contender, found, accepts):
                    sender.send({"part": "filtered", "filter": called, **line})


if __name__ == "__main__":
    main()
