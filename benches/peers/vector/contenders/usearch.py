import numpy
from usearch.index import Index

from .contender import EF_CONSTRUCTION, K, M, Contender


class Usearch(Contender):
    """Full f32, as the others. Its Python interface takes no filter (the one of C++ and Rust takes a function)."""

    def __init__(self, data, threads, folder):
        metric = "ip" if data.cosine else "l2sq"
        self.index = Index(
            ndim=data.base.shape[1], metric=metric, dtype="f32", connectivity=M, expansion_add=EF_CONSTRUCTION
        )
        self.index.add(numpy.arange(len(data.base)), data.base, threads=threads)

    def search(self, queries, effort):
        self.index.expansion_search = effort
        return self.index.search(queries, K, threads=1).keys
