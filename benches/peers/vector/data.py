"""The data sets of `cargo bench --bench vector_recall`, their filters, and the exact answers."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy

K = 10
SETS = ["factbook", "heldout", "glosses", "mnist", "clustered"]
# Of each accept set: the slowest answer a few dozen queries a second.
FILTERED_QUERIES = 200
# Queries that are measured against everything at a time.
BLOCK = 32


@dataclass
class Data:
    """Base vectors and queries; those compared by angle are normalized, which some libraries need. Labels, where there are some."""

    name: str
    base: numpy.ndarray
    queries: numpy.ndarray
    cosine: bool
    labels: tuple | None = None
    # What a database stores beside the vectors: the share columns and the label, by name.
    columns: dict = field(default_factory=dict)


@dataclass
class Accept:
    """One accept set: the vectors where a column has a value, and the queries that it is for."""

    column: str
    value: int
    mask: numpy.ndarray
    chosen: numpy.ndarray
    right: object = None


def load(folder, name):
    """A data set, or nothing when its files are missing."""
    folder = Path(folder)
    passages = name in ("factbook", "heldout")
    inside = folder / ("factbook" if passages else name)
    files = ("passages.embeddings", "queries.embeddings") if passages else ("base", "queries")
    if not all((inside / f"{file}.npy").exists() for file in files):
        return None
    base, queries = (numpy.load(inside / f"{file}.npy").astype(numpy.float32) for file in files)
    labels = None
    if name == "heldout":
        labels = regions(inside / "passages.jsonl")
        held = numpy.arange(len(base)) % 50 == 7
        base, queries, labels = base[~held], base[held], (labels[~held], labels[held])
    elif (inside / "base.labels.npy").exists():
        labels = tuple(numpy.load(inside / f"{file}.labels.npy").ravel().astype(int) for file in files)
    cosine = name not in ("mnist", "clustered")
    base, queries = (normalized(matrix) if cosine else numpy.ascontiguousarray(matrix) for matrix in (base, queries))
    return Data(name, base, queries, cosine, labels)


def normalized(matrix):
    return numpy.ascontiguousarray(matrix / numpy.linalg.norm(matrix, axis=1, keepdims=True))


def regions(file):
    """The region of each passage, as the place of its name among the sorted names."""
    names = [json.loads(line)["region"] or "" for line in file.read_text().splitlines()]
    return numpy.unique(names, return_inverse=True)[1]


def filters(data):
    """Those of `vector_recall`: the accept sets of each filter. Fills in the columns that they ask."""
    slots, every = numpy.arange(len(data.base), dtype=numpy.uint32), numpy.arange(len(data.queries))
    product = slots * numpy.uint32(2_654_435_761)
    drawn = ((product << numpy.uint32(13)) | (product >> numpy.uint32(19))) ^ slots
    sets = []
    for number, share in enumerate((0.5, 0.1, 0.01, 0.001)):
        mask, column = drawn / 4_294_967_296.0 < share, f"share{number}"
        data.columns[column] = mask.astype(numpy.int32)
        sets.append((f"{share * 100:g} %", [Accept(column, 1, mask, every[:FILTERED_QUERIES])]))
    if data.labels:
        of_base, of_queries = data.labels
        data.columns["label"] = of_base.astype(numpy.int32)
        wanted = {"label = query's": of_queries, "other label": numpy.where(of_queries == 0, 1, of_queries - 1)}
        for called, labels in wanted.items():
            parts = [
                Accept("label", int(label), of_base == label, numpy.flatnonzero(labels == label)[:FILTERED_QUERIES])
                for label in numpy.unique(labels)
            ]
            sets.append((called, parts))
    return sets


class Truth:
    """Exact answers, measured in f64. A hit is right that is as near as the k-th nearest."""

    def __init__(self, data):
        self.wide, self.cosine = data.base.astype(numpy.float64), data.cosine

    def distances(self, vectors, query):
        return -vectors @ query if self.cosine else (vectors**2).sum(axis=1) - 2 * (vectors @ query)

    def of(self, queries, accepted=None):
        """A function that says of the answers to all or the first queries how many hits are right, and how many could be."""
        # Accepted vectors are copied once for each filter, not for each query.
        vectors = self.wide if accepted is None else self.wide[accepted]
        squares = 0.0 if self.cosine else (vectors**2).sum(axis=1)
        queries, possible, limits = queries.astype(numpy.float64), min(K, len(vectors)), []
        for first in range(0, len(queries) if possible else 0, BLOCK):
            products = queries[first : first + BLOCK] @ vectors.T
            distances = -products if self.cosine else squares - 2 * products
            limits.extend(numpy.partition(distances, possible - 1, axis=1)[:, possible - 1])

        def right(answers):
            count = 0
            for query, keys, limit in zip(queries, answers, limits if possible else [0.0] * len(queries)):
                keys = numpy.unique(numpy.asarray(keys, dtype=numpy.int64))
                keys = keys[(keys >= 0) & (keys < len(self.wide))]
                if accepted is not None:
                    keys = keys[accepted[keys]]
                near = self.distances(self.wide[keys], query) <= limit + 1e-6 * max(1.0, abs(limit))
                count += min(int(near.sum()), possible)
            return count, possible * len(answers)

        return right
