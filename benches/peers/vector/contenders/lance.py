import os

# Before the import: the library makes its pool of threads once.
os.environ.setdefault("LANCE_CPU_THREADS", "2")

import lancedb
import pyarrow
from lancedb.index import Bitmap, HnswSq

from .contender import BEAMS, EF_CONSTRUCTION, K, M, Contender


class Lance(Contender):
    """`IVF_HNSW_SQ` in one partition, columns with a bitmap index, filters before the search."""

    # Beams, and of how many times k the originals are read for re-scoring (a beam must be as wide).
    most = 100
    efforts = [(ef, None) for ef in BEAMS[2::3]] + [(ef, 3) for ef in BEAMS[5::3]]

    def __init__(self, data, threads, folder):
        self.metric = "cosine" if data.cosine else "l2"
        vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(data.base.ravel()), data.base.shape[1])
        columns = {column: pyarrow.array(values) for column, values in data.columns.items()}
        numbers = pyarrow.array(range(len(data.base)), pyarrow.int32())
        table = pyarrow.table({"id": numbers, "vector": vectors, **columns})
        self.table = lancedb.connect(str(folder)).create_table("vectors", table)
        index = HnswSq(distance_type=self.metric, num_partitions=1, m=M, ef_construction=EF_CONSTRUCTION)
        self.table.create_index("vector", config=index)
        for column in columns:
            self.table.create_index(column, config=Bitmap())

    def accept(self, accept):
        return f"{accept.column} = {accept.value}"

    def search(self, queries, effort):
        return self.filtered(queries, effort, None)

    def filtered(self, queries, effort, accepts):
        return [self.one(query, effort, accepts) for query in queries]

    def one(self, query, effort, accepts):
        ef, refine = effort
        asked = self.table.search(query).distance_type(self.metric).nprobes(1).ef(ef).limit(K)
        asked = asked.select(["id", "_distance"])
        if refine:
            asked = asked.refine_factor(refine)
        if accepts:
            asked = asked.where(accepts, prefilter=True)
        return asked.to_arrow()["id"].to_numpy()
