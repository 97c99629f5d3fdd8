"""What every contender offers."""

K, M, EF_CONSTRUCTION = 10, 16, 200
BEAMS = [10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 192, 256, 384, 512, 768, 1024]


class Contender:
    """Made of a data set. A contender that can filter has also `filtered`, called with what its `accept` made of an accept set."""

    # What is tried, from narrow to wide.
    efforts = BEAMS
    # So many queries are asked, where all would take too long.
    most = None

    def __init__(self, data, threads, folder):
        raise NotImplementedError

    def queries(self, matrix):
        """Queries in the form that the library takes."""
        return matrix

    def accept(self, accept):
        """An accept set in the form that the library takes; made once."""
        return accept

    def search(self, queries, effort):
        """The numbers of the k nearest vectors of each query."""
        raise NotImplementedError
