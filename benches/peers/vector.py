"""Recall@10, queries a second and build time of other HNSW libraries, single-threaded, on the data sets of `cargo bench --bench vector_recall`,
without a filter by beam, and with its filters at the first beam that reaches a recall of 0.95 (else the best recall, in brackets).

    python3 -m venv VENV
    VENV/bin/pip install numpy==2.4.6 hnswlib==0.8.0 faiss-cpu==1.15.1 usearch==2.26.6
    PROTOBASE_DATA=... VENV/bin/python benches/peers/vector.py [factbook glosses mnist] [--peers hnswlib,faiss,faiss-sq8,usearch]

Queries are handed over in one batch, so that no call from Python is counted; times are the process's own processor time, as in
`vector_recall`, so that other load counts less. Filtered searches go query by query where a library asks a Python function for each node
(hnswlib: one in C++ would be faster), else in one batch for each accept set. A library that is not installed is named and skipped. All use M = 16 and an
ef_construction of 200, as Protobase does.
"""

import argparse
import os
import time
from pathlib import Path

import numpy

K, M, EF_CONSTRUCTION = 10, 16, 200
BEAMS = [16, 32, 64, 128, 256]
FILTERED_BEAMS = [16, 32, 64, 128, 256, 512, 1024]
WANTED = 0.95
# Of each accept set: the slowest answer a few dozen queries a second.
FILTERED_QUERIES = 200
ROUNDS, SECONDS = 3, 0.3


class Hnswlib:
    def __init__(self, base, cosine):
        import hnswlib

        self.index = hnswlib.Index("cosine" if cosine else "l2", base.shape[1])
        self.index.init_index(len(base), ef_construction=EF_CONSTRUCTION, M=M, random_seed=1)
        self.index.set_num_threads(1)
        self.index.add_items(base, num_threads=1)

    def search(self, queries, ef):
        self.index.set_ef(ef)
        return self.index.knn_query(queries, K, num_threads=1)[0]

    def filtered(self, queries, ef, accepted):
        self.index.set_ef(ef)
        accepted = accepted.tolist()
        answers = []
        for query in queries:
            # Fewer than k that it can find are an error to this library.
            for k in range(K, 0, -1):
                try:
                    keys = self.index.knn_query(query, k, num_threads=1, filter=accepted.__getitem__)[0][0]
                except RuntimeError:
                    continue
                answers.append(keys)
                break
            else:
                answers.append([])
        return answers


class Faiss:
    def __init__(self, base, cosine):
        import faiss

        faiss.omp_set_num_threads(1)
        metric = faiss.METRIC_INNER_PRODUCT if cosine else faiss.METRIC_L2
        self.index = self.empty(faiss, base.shape[1], metric)
        self.index.hnsw.efConstruction = EF_CONSTRUCTION
        if not self.index.is_trained:
            self.index.train(base)
        self.index.add(base)

    def empty(self, faiss, dimension, metric):
        return faiss.IndexHNSWFlat(dimension, M, metric)

    def search(self, queries, ef):
        self.index.hnsw.efSearch = ef
        return self.index.search(queries, K)[1]

    def filtered(self, queries, ef, accepted):
        import faiss

        bits = numpy.packbits(accepted, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(accepted), faiss.swig_ptr(bits))
        return self.index.search(queries, K, params=faiss.SearchParametersHNSW(efSearch=ef, sel=selector))[1]


class FaissSq8(Faiss):
    """Bytes in the graph's place of vectors, never re-scored."""

    def empty(self, faiss, dimension, metric):
        return faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_8bit, M, metric)


class Usearch:
    """With its defaults for the type of stored components: full f32 here, as the others."""

    def __init__(self, base, cosine):
        from usearch.index import Index

        metric = "cos" if cosine else "l2sq"
        self.index = Index(
            ndim=base.shape[1], metric=metric, dtype="f32", connectivity=M, expansion_add=EF_CONSTRUCTION
        )
        self.index.add(numpy.arange(len(base)), base, threads=1)

    def search(self, queries, ef):
        self.index.expansion_search = ef
        return self.index.search(queries, K, threads=1).keys


PEERS = {"hnswlib": Hnswlib, "faiss": Faiss, "faiss-sq8": FaissSq8, "usearch": Usearch}


def filters(folder, name, base, queries):
    """Those of `vector_recall`: the accept sets of each filter, with the queries that each is for."""
    slots, all_queries = numpy.arange(len(base), dtype=numpy.uint32), numpy.arange(len(queries))
    product = slots * numpy.uint32(2_654_435_761)
    drawn = ((product << numpy.uint32(13)) | (product >> numpy.uint32(19))) ^ slots
    for share in (0.5, 0.1, 0.01, 0.001):
        yield f"{share * 100:g} %", [(drawn / 4_294_967_296.0 < share, all_queries)]
    if (folder / name / "base.labels.npy").exists():
        of_base, of_queries = (numpy.load(folder / name / f"{file}.labels.npy").ravel() for file in ("base", "queries"))
        wanted = {"label = query's": of_queries.astype(int), "other label": numpy.where(of_queries == 0, 1, of_queries.astype(int) - 1)}
        for called, labels in wanted.items():
            yield called, [(of_base == label, numpy.flatnonzero(labels == label)) for label in numpy.unique(labels)]


def load(folder, name):
    """Base vectors, queries, and whether they are compared by angle; then they are normalized, which faiss needs."""
    files = ("passages.embeddings", "queries.embeddings") if name == "factbook" else ("base", "queries")
    cosine = name != "mnist"
    loaded = []
    for file in files:
        matrix = numpy.load(folder / name / f"{file}.npy").astype(numpy.float32)
        if cosine:
            matrix /= numpy.linalg.norm(matrix, axis=1, keepdims=True)
        loaded.append(numpy.ascontiguousarray(matrix))
    return *loaded, cosine


class Truth:
    """Measures in f64."""

    def __init__(self, base, cosine):
        self.wide, self.cosine = base.astype(numpy.float64), cosine

    def distances(self, vectors, query):
        return -vectors @ query if self.cosine else (vectors**2).sum(axis=1) - 2 * (vectors @ query)

    def of(self, queries, accepted=None):
        """A function that says how many hits are right, and how many could be, by the distance of the k-th nearest accepted one."""
        vectors = self.wide if accepted is None else self.wide[accepted]
        squares = 0.0 if self.cosine else (vectors**2).sum(axis=1)
        queries, possible, limits = queries.astype(numpy.float64), min(K, len(vectors)), []
        for query in queries:
            products = vectors @ query
            distances = -products if self.cosine else squares - 2 * products
            limits.append(numpy.partition(distances, possible - 1)[possible - 1] if possible else 0.0)

        def right(answers):
            count = 0
            for query, keys, limit in zip(queries, answers, limits):
                keys = numpy.asarray(keys, dtype=numpy.int64)
                found = self.wide[keys[(keys >= 0) & (keys < len(self.wide))]]
                count += int((self.distances(found, query) <= limit + 1e-6 * max(1.0, abs(limit))).sum())
            return count, possible * len(queries)

        return right


def timed(ask, count):
    """The answers, and queries a second."""
    answers = ask()
    rounds, start = 0, time.process_time()
    while rounds < ROUNDS or time.process_time() - start < SECONDS:
        ask()
        rounds += 1
    return answers, rounds * count / (time.process_time() - start)


def measure(name, peer, base, queries, cosine, right, filtered):
    start = time.process_time()
    try:
        index = PEERS[peer](base, cosine)
    except ImportError:
        print(f"  {peer}: not installed, skipped", flush=True)
        return
    print(f"  {peer:9} built in {time.process_time() - start:.1f} s", flush=True)
    for ef in BEAMS:
        answers, speed = timed(lambda: index.search(queries, ef), len(queries))
        count, possible = right(answers)
        print(f"  {peer:9} {'no filter':16} ef {ef:4} recall {count / possible:.4f} {speed:8.0f} queries/s", flush=True)
    if hasattr(index, "filtered"):
        for called, parts in filtered:
            measure_filtered(peer, index, called, parts, queries)


def measure_filtered(peer, index, called, parts, queries):
    """Beams from narrow to wide, until one reaches the wanted recall; that one is timed."""
    best = 0.0
    for ef in FILTERED_BEAMS:
        ask = lambda: [index.filtered(queries[chosen], ef, accepted) for accepted, chosen, _ in parts]
        counts = [right(answers) for answers, (_, _, right) in zip(ask(), parts)]
        recall = sum(count for count, _ in counts) / sum(possible for _, possible in counts)
        best = max(best, recall)
        if recall >= WANTED:
            speed = timed(ask, sum(len(chosen) for _, chosen, _ in parts))[1]
            print(f"  {peer:9} {called:16} ef {ef:4} recall {recall:.4f} {speed:8.0f} queries/s", flush=True)
            return
    print(f"  {peer:9} {called:16} (recall {best:.4f} with the widest beam, {FILTERED_BEAMS[-1]})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=["factbook", "glosses", "mnist"])
    parser.add_argument("--peers", default=",".join(PEERS))
    arguments = parser.parse_args()
    folder = Path(os.environ.get("PROTOBASE_DATA", "datasets/extra"))
    for name in arguments.sets:
        base, queries, cosine = load(folder, name)
        print(f"{name}: {base.shape[0]} x {base.shape[1]}, {len(queries)} queries", flush=True)
        truth = Truth(base, cosine)
        right = truth.of(queries)
        filtered = []
        for called, parts in filters(folder, name, base, queries):
            some = [(accepted, chosen[:FILTERED_QUERIES]) for accepted, chosen in parts]
            some = [(accepted, chosen, truth.of(queries[chosen], accepted)) for accepted, chosen in some]
            filtered.append((called, some))
        for peer in arguments.peers.split(","):
            measure(name, peer, base, queries, cosine, right, filtered)


if __name__ == "__main__":
    main()
