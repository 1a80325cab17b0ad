"""The negatives of queries under a ceiling each, in numpy and in faiss: what our miner gives, as users of those write it."""

import sys

# or faiss.py beside this file would be the faiss that is imported
sys.path.append(sys.path.pop(0))

import numpy

import peer

# queries whose scores are held at a time
CHUNK = 1024


def rows_by_group(groups):
    """For each group the rows that are of it."""
    order = numpy.argsort(groups, kind="stable")
    starts = numpy.searchsorted(groups[order], numpy.arange(groups.max() + 2))
    return order, starts


def excluded_by(order, starts, query_groups):
    """(query, row) of each row that is of its query's group."""
    counts = starts[query_groups + 1] - starts[query_groups]
    queries = numpy.repeat(numpy.arange(len(query_groups)), counts)
    within = numpy.arange(counts.sum()) - numpy.repeat(numpy.cumsum(counts) - counts, counts)
    return queries, order[numpy.repeat(starts[query_groups], counts) + within]


def best(scores, ids, n):
    """The n best of each row of candidates, what is out being -inf; short lists end in -1 and -2."""
    order = numpy.argsort(-scores, axis=1, kind="stable")[:, :n]
    scores, ids = numpy.take_along_axis(scores, order, 1), numpy.take_along_axis(ids, order, 1)
    out = numpy.isinf(scores)
    return numpy.where(out, -2, scores), numpy.where(out, -1, ids)


def with_numpy(corpus, queries, ceilings, groups, query_groups, known, n):
    order, starts = rows_by_group(groups)
    every = []
    for first in range(0, len(queries), CHUNK):
        part = slice(first, first + CHUNK)
        scores = queries[part] @ corpus.T
        scores[scores > ceilings[part]] = -numpy.inf
        scores[excluded_by(order, starts, query_groups[part])] = -numpy.inf
        rows, columns = numpy.nonzero(known[part] >= 0)
        scores[rows, known[part][rows, columns]] = -numpy.inf
        ids = numpy.argpartition(scores, -n, axis=1)[:, -n:]
        every.append(best(numpy.take_along_axis(scores, ids, 1), ids, n))
    return [numpy.concatenate(part) for part in zip(*every)]


def with_faiss(index, queries, ceilings, groups, query_groups, known, n):
    """A flat index gives the nearest and cannot pass over them: twice as many for the queries that are short, until none is."""
    scores = numpy.full((len(queries), n), -2, numpy.float32)
    ids = numpy.full((len(queries), n), -1, numpy.int64)
    short = numpy.arange(len(queries))
    k = 16 * n
    while len(short) > 0:
        k = min(k, index.ntotal)
        found, rows = index.search(queries[short], k)
        found[found > ceilings[short]] = -numpy.inf
        found[groups[rows] == query_groups[short][:, None]] = -numpy.inf
        found[(rows[:, :, None] == known[short][:, None, :]).any(axis=2)] = -numpy.inf
        scores[short], ids[short] = best(found, rows, n)
        short = short[ids[short][:, -1] < 0] if k < index.ntotal else []
        k *= 2
    return scores, ids


if __name__ == "__main__":
    name, folder = sys.argv[1:]
    task, inputs = peer.read(folder)
    n = task["numbers"]["negatives"]
    corpus, queries, ceilings = inputs["corpus"], inputs["queries"], inputs["ceilings"]
    groups, query_groups = (inputs[key][:, 0].astype(numpy.int64) for key in ("groups", "query-groups"))
    known = inputs["known"].astype(numpy.int64)
    rest = (queries, ceilings, groups, query_groups, known, n)
    if name == "faiss":
        import faiss

        faiss.omp_set_num_threads(task["threads"])
        index = faiss.IndexFlatIP(corpus.shape[1])
        index.add(corpus)
        run = lambda: with_faiss(index, *rest)
    else:
        run = lambda: with_numpy(corpus, *rest)

    def mined():
        scores, ids = run()
        return 0, {"scores": scores, "ids": ids}

    peer.serve(name, folder, {"doubling" if name == "faiss" else "masked": mined})
