"""A split of a data folder ranked exactly and graded, as users of numpy and faiss write it: search, then nDCG@10, recall@100 and MRR a query."""

import sys
import time

# or faiss.py beside this file would be the faiss that is imported
sys.path.append(sys.path.pop(0))

import faiss
import numpy

import peer


def unit(rows):
    rows = rows.astype(numpy.float32)
    lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
    return rows / numpy.where(lengths == 0, 1, lengths)


def figures(ids, judged, grades, depth):
    """judged, grades: queries x most, rows of the corpus with -1 where there are no more."""
    gains = numpy.zeros(ids.shape, numpy.float32)
    for column in range(judged.shape[1]):
        gains += (ids == judged[:, column : column + 1]) * grades[:, column : column + 1]
    discounts = 1 / numpy.log2(numpy.arange(2, 12))
    best = -numpy.sort(-grades, axis=1)[:, :10]
    ideal = best @ discounts[: best.shape[1]]
    ndcg = numpy.divide(gains[:, :10] @ discounts, ideal, out=numpy.zeros(len(ids)), where=ideal > 0)
    relevant = (grades > 0).sum(1)
    recall = (gains[:, :100] > 0).sum(1) / numpy.maximum(relevant, 1)
    hits = gains > 0
    mrr = numpy.where(hits.any(1), 1 / (hits.argmax(1) + 1), 0)
    return numpy.stack([ndcg, recall, mrr])


if __name__ == "__main__":
    name, folder = sys.argv[1:]
    task, inputs = peer.read(folder)
    faiss.omp_set_num_threads(task["threads"])
    paths, depth = task["paths"], task["numbers"]["depth"]
    rows, judged = (inputs[key].astype(numpy.int64) for key in ("rows", "judged"))

    def evaluated():
        corpus = unit(numpy.load(paths["corpus"]))
        index = faiss.IndexFlatIP(corpus.shape[1])
        index.add(corpus)
        queries = unit(numpy.load(paths["queries"])[rows[:, 0]])
        _, ids = index.search(queries, depth)
        return 0, {"values": figures(ids, judged, inputs["grades"], depth)}

    peer.serve(name, folder, {"flat": evaluated})
