import hnswlib

from .contender import EF_CONSTRUCTION, K, M, Contender


class Hnswlib(Contender):
    """Filters by asking a Python function for each node: one in C++ would be faster."""

    def __init__(self, data, threads, folder):
        # Vectors are normalized already.
        self.index = hnswlib.Index("ip" if data.cosine else "l2", data.base.shape[1])
        self.index.init_index(len(data.base), ef_construction=EF_CONSTRUCTION, M=M, random_seed=1)
        self.index.add_items(data.base, num_threads=threads)
        self.index.set_num_threads(1)

    def search(self, queries, effort):
        self.index.set_ef(effort)
        return self.index.knn_query(queries, K, num_threads=1)[0]

    def accept(self, accept):
        return accept.mask.tolist().__getitem__

    def filtered(self, queries, effort, accepts):
        self.index.set_ef(effort)
        return [self.one(query, accepts) for query in queries]

    def one(self, query, accepts):
        # Fewer than k that it can find are an error to this library.
        for k in range(K, 0, -1):
            try:
                return self.index.knn_query(query, k, num_threads=1, filter=accepts)[0][0]
            except RuntimeError:
                continue
        return []
