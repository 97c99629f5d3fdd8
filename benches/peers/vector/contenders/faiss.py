import faiss
import numpy

from .contender import EF_CONSTRUCTION, K, M, Contender


class Flat(Contender):
    """`IndexHNSWFlat`."""

    def __init__(self, data, threads, folder):
        metric = faiss.METRIC_INNER_PRODUCT if data.cosine else faiss.METRIC_L2
        faiss.omp_set_num_threads(threads)
        self.index = self.empty(data.base.shape[1], metric)
        self.index.hnsw.efConstruction = EF_CONSTRUCTION
        if not self.index.is_trained:
            self.index.train(data.base)
        self.index.add(data.base)
        faiss.omp_set_num_threads(1)

    def empty(self, dimension, metric):
        return faiss.IndexHNSWFlat(dimension, M, metric)

    def search(self, queries, effort):
        self.index.hnsw.efSearch = effort
        return self.index.search(queries, K)[1]

    def accept(self, accept):
        bits = numpy.packbits(accept.mask, bitorder="little")
        return bits, faiss.IDSelectorBitmap(len(accept.mask), faiss.swig_ptr(bits))

    def filtered(self, queries, effort, accepts):
        # The bits must live as long as the selector that points at them.
        _bits, selector = accepts
        return self.index.search(queries, K, params=faiss.SearchParametersHNSW(efSearch=effort, sel=selector))[1]


class Sq8(Flat):
    """`IndexHNSWSQ`: bytes in the place of vectors, never re-scored."""

    def empty(self, dimension, metric):
        return faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_8bit, M, metric)


class Scan(Flat):
    """`IndexFlat`: no graph. What passes a filter is measured, all of it."""

    efforts = ["exact"]

    def __init__(self, data, threads, folder):
        metric = faiss.METRIC_INNER_PRODUCT if data.cosine else faiss.METRIC_L2
        faiss.omp_set_num_threads(1)
        self.index = faiss.IndexFlat(data.base.shape[1], metric)
        self.index.add(data.base)

    def search(self, queries, effort):
        # In a batch it would multiply matrices, which answers one query at a time cannot.
        return [self.index.search(queries[at : at + 1], K)[1][0] for at in range(len(queries))]

    def filtered(self, queries, effort, accepts):
        _bits, selector = accepts
        parameters = faiss.SearchParameters(sel=selector)
        return [self.index.search(queries[at : at + 1], K, params=parameters)[1][0] for at in range(len(queries))]
