"""What a program in Python sees of a service: asks over a unix socket when it is told to, and says how many ms that took."""

import pathlib
import sys
import time

import numpy as np

clients, socket, folder = sys.argv[1:]
sys.path.insert(0, clients)
from nearmiss_bridge import SocketBridge  # noqa: E402

ROWS_AT_ONCE = 20_000

anchors, positives, corpus, queries, right = (
    np.load(pathlib.Path(folder) / f"{name}.npy") for name in ("anchors", "positives", "corpus", "queries", "right")
)
ids = np.arange(len(queries))

with SocketBridge(socket, timeout=600) as nearmiss:
    for start in range(0, len(corpus), ROWS_AT_ONCE):
        rows = corpus[start : start + ROWS_AT_ONCE]
        nearmiss.upsert(rows, np.arange(start, start + len(rows)))

    def score():
        return nearmiss.score("infoNce", {"temperature": 0.05}, anchors=anchors, positives=positives)

    def mine():
        return nearmiss.mine(queries, right, ids, {"negatives": 8})

    value, gradients = score()
    np.save(pathlib.Path(folder) / "gradients.npy", gradients["anchors"])
    negatives, _ = mine()
    print(repr(value), int(negatives.sum(dtype=np.int64)), flush=True)
    for line in sys.stdin:
        call = {"score": score, "mine": mine}[line.strip()]
        begun = time.perf_counter()
        call()
        print(1000 * (time.perf_counter() - begun), flush=True)
