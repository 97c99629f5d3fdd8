"""Recall@10, queries a second and build time of other HNSW libraries, single-threaded, on the data sets of `cargo bench --bench vector_recall`.

    python3 -m venv VENV
    VENV/bin/pip install numpy==2.4.6 hnswlib==0.8.0 faiss-cpu==1.15.1 usearch==2.26.6
    PROTOBASE_DATA=... VENV/bin/python benches/peers/vector.py [factbook glosses mnist] [--peers hnswlib,faiss,usearch]

Queries are handed over in one batch, so that no call from Python is counted; times are the process's own processor time, as in
`vector_recall`, so that other load counts less. A library that is not installed is named and skipped. All use M = 16 and an
ef_construction of 200, as Protobase does.
"""

import argparse
import os
import time
from pathlib import Path

import numpy

K, M, EF_CONSTRUCTION = 10, 16, 200
BEAMS = [16, 32, 64, 128, 256]
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


class Faiss:
    def __init__(self, base, cosine):
        import faiss

        faiss.omp_set_num_threads(1)
        metric = faiss.METRIC_INNER_PRODUCT if cosine else faiss.METRIC_L2
        self.index = faiss.IndexHNSWFlat(base.shape[1], M, metric)
        self.index.hnsw.efConstruction = EF_CONSTRUCTION
        self.index.add(base)

    def search(self, queries, ef):
        self.index.hnsw.efSearch = ef
        return self.index.search(queries, K)[1]


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


PEERS = {"hnswlib": Hnswlib, "faiss": Faiss, "usearch": Usearch}


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


def nearest(base, queries, cosine):
    """The exact answers: for each query, the distance of the k-th nearest, and a way to measure in f64."""
    wide = base.astype(numpy.float64)
    squares = (wide**2).sum(axis=1)
    limits = []
    for query in queries.astype(numpy.float64):
        distances = -wide @ query if cosine else squares - 2 * (wide @ query)
        limits.append(numpy.partition(distances, K - 1)[K - 1])

    def recall(answers):
        right = 0
        for query, keys, limit in zip(queries.astype(numpy.float64), answers, limits):
            found = wide[numpy.asarray(keys, dtype=numpy.int64)]
            distances = -found @ query if cosine else (found**2).sum(axis=1) - 2 * (found @ query)
            right += int((distances <= limit + 1e-6 * max(1.0, abs(limit))).sum())
        return right / (K * len(queries))

    return recall


def measure(name, peer, base, queries, cosine, recall):
    start = time.process_time()
    try:
        index = PEERS[peer](base, cosine)
    except ImportError:
        print(f"  {peer}: not installed, skipped", flush=True)
        return
    print(f"  {peer:8} built in {time.process_time() - start:.1f} s", flush=True)
    for ef in BEAMS:
        answers = index.search(queries, ef)
        rounds, start = 0, time.process_time()
        while rounds < ROUNDS or time.process_time() - start < SECONDS:
            index.search(queries, ef)
            rounds += 1
        speed = rounds * len(queries) / (time.process_time() - start)
        print(f"  {peer:8} ef {ef:4} recall {recall(answers):.4f} {speed:8.0f} queries/s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=["factbook", "glosses", "mnist"])
    parser.add_argument("--peers", default=",".join(PEERS))
    arguments = parser.parse_args()
    folder = Path(os.environ.get("PROTOBASE_DATA", "datasets/extra"))
    for name in arguments.sets:
        base, queries, cosine = load(folder, name)
        print(f"{name}: {base.shape[0]} x {base.shape[1]}, {len(queries)} queries", flush=True)
        recall = nearest(base, queries, cosine)
        for peer in arguments.peers.split(","):
            measure(name, peer, base, queries, cosine, recall)


if __name__ == "__main__":
    main()
