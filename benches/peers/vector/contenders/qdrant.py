from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeOptimizersConfig,
    EdgeShard,
    EdgeVectorParams,
    FieldCondition,
    Filter,
    HnswIndexConfig,
    MatchValue,
    PayloadSchemaType,
    Point,
    QuantizationSearchParams,
    Query,
    ScalarQuantizationConfig,
    ScalarType,
    SearchParams,
    SearchRequest,
    UpdateOperation,
)

from .contender import BEAMS, EF_CONSTRUCTION, K, M, Contender

STEP = 10_000
# KiB of vectors below which it scans what passes a filter. Its default, 10,000, scans when its graph would be several times faster.
SCANNED = 1_000


class Qdrant(Contender):
    """One shard in one indexed segment; columns are payloads with an index, so that it may scan what passes and link its graph for filters."""

    quantization = None

    def __init__(self, data, threads, folder):
        self.shard = EdgeShard.create(str(folder), self.config(data, threads))
        for column in data.columns:
            self.shard.update(UpdateOperation.create_field_index(column, PayloadSchemaType.Integer))
        for first in range(0, len(data.base), STEP):
            payloads = {column: values[first : first + STEP].tolist() for column, values in data.columns.items()}
            points = [
                Point(first + at, vector.tolist(), {column: values[at] for column, values in payloads.items()})
                for at, vector in enumerate(data.base[first : first + STEP])
            ]
            self.shard.update(UpdateOperation.upsert_points(points))
        self.shard.optimize()

    def config(self, data, threads):
        distance = Distance.Cosine if data.cosine else Distance.Euclid
        graph = HnswIndexConfig(
            m=M, ef_construct=EF_CONSTRUCTION, full_scan_threshold=SCANNED, max_indexing_threads=threads
        )
        return EdgeConfig(
            vectors=EdgeVectorParams(size=data.base.shape[1], distance=distance),
            hnsw_config=graph,
            quantization_config=self.quantization,
            optimizers=EdgeOptimizersConfig(
                default_segment_number=1, indexing_threshold=1, max_segment_size=1_000_000_000
            ),
            max_search_threads=1,
            wal_enabled=False,
        )

    def queries(self, matrix):
        return [Query.Nearest(query.tolist()) for query in matrix]

    def accept(self, accept):
        return Filter(must=[FieldCondition(accept.column, match=MatchValue(accept.value))])

    def search(self, queries, effort):
        return self.filtered(queries, effort, None)

    def filtered(self, queries, effort, accepts):
        params = self.params(effort)
        requests = (SearchRequest(query, limit=K, filter=accepts, params=params) for query in queries)
        return [[point.id for point in self.shard.search(request)] for request in requests]

    def params(self, effort):
        return SearchParams(hnsw_ef=effort)


class Int8(Qdrant):
    """With bytes in memory; so many times k of what they find is re-scored, where that is needed."""

    quantization = ScalarQuantizationConfig(ScalarType.Int8, quantile=0.99, always_ram=True)
    efforts = [(ef, None) for ef in BEAMS[:12]] + [(ef, 2.0) for ef in BEAMS[3:]]

    def params(self, effort):
        ef, oversampling = effort
        rescored = QuantizationSearchParams(rescore=True, oversampling=oversampling) if oversampling else None
        return SearchParams(hnsw_ef=ef, quantization=rescored)
