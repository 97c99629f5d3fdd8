from pathlib import Path

import svs

from .contender import EF_CONSTRUCTION, K, M, Contender


class Plain(Contender):
    """The Vamana graph of scalable-vs with as many edges as a lowest layer of HNSW has, over f32. It takes no filter."""

    def __init__(self, data, threads, folder):
        # More than 1 for what is minimized, less for what is maximized: the values of its documentation.
        alpha = 0.95 if data.cosine else 1.2
        parameters = svs.VamanaBuildParameters(alpha=alpha, graph_max_degree=2 * M, window_size=EF_CONSTRUCTION)
        distance = svs.DistanceType.MIP if data.cosine else svs.DistanceType.L2
        loader = self.loader(data.base, Path(folder))
        self.index = svs.Vamana.build(parameters, loader, distance, num_threads=threads)
        self.index.num_threads = 1

    def loader(self, base, folder):
        return base

    def search(self, queries, effort):
        self.index.search_window_size = effort
        return self.index.search(queries, K)[0]


def stored(base, folder):
    """What its compressed forms read: a file."""
    file = folder / "base.fvecs"
    svs.write_vecs(base, str(file))
    return svs.VectorDataLoader(str(file), svs.DataType.float32, dims=base.shape[1])


class Lvq8(Plain):
    def loader(self, base, folder):
        return svs.LVQLoader(stored(base, folder), primary=8, padding=32)


class Lvq4x8(Plain):
    def loader(self, base, folder):
        return svs.LVQLoader(stored(base, folder), primary=4, residual=8, padding=32)


class LeanVec(Plain):
    """Half of the dimensions in the graph, all for re-scoring, both in bytes."""

    def loader(self, base, folder):
        return svs.LeanVecLoader(stored(base, folder), leanvec_dims=base.shape[1] // 2)
