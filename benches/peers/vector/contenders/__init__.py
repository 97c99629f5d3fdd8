"""What is measured: a file for each library, and one line for it here. Libraries are imported when they are asked for."""

import importlib

CONTENDERS = {
    "hnswlib": "hnswlib:Hnswlib",
    "faiss": "faiss:Flat",
    "faiss-sq8": "faiss:Sq8",
    "faiss-scan": "faiss:Scan",
    "usearch": "usearch:Usearch",
    "svs": "svs:Plain",
    "svs-lvq8": "svs:Lvq8",
    "svs-lvq4x8": "svs:Lvq4x8",
    "svs-leanvec": "svs:LeanVec",
    "qdrant-edge": "qdrant:Qdrant",
    "qdrant-edge-int8": "qdrant:Int8",
    "lancedb": "lance:Lance",
}


def find(name):
    """The class of a contender."""
    file, kind = CONTENDERS[name].split(":")
    return getattr(importlib.import_module(f"contenders.{file}"), kind)
