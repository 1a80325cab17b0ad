"""Debian's python3-hnswlib, told what to do by lines of JSON; see graph-peer.ts."""

import json
import signal
import sys
import time

# or this folder would be searched for the module first
sys.path.append(sys.path.pop(0))

import hnswlib
import numpy

signal.signal(signal.SIGINT, signal.SIG_DFL)


def main(folder, dim, threads):
    rows = numpy.fromfile(f"{folder}/rows.f32", dtype=numpy.float32).reshape(-1, dim)
    queries = numpy.fromfile(f"{folder}/queries.f32", dtype=numpy.float32).reshape(-1, dim)
    index = None
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "build":
            index = hnswlib.Index("l2", dim)
            index.init_index(len(rows), ef_construction=asked["efConstruction"], M=asked["M"], random_seed=1)
            index.set_num_threads(threads)
            start = time.perf_counter()
            index.add_items(rows)
        else:
            index.set_ef(asked["ef"])
            start = time.perf_counter()
            ids, _ = index.knn_query(queries, k=asked["k"], num_threads=threads)
            ids.astype(numpy.uint32).tofile(f"{folder}/ids.u32")
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
