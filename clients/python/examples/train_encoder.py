"""
Trains a small text encoder in PyTorch: InfoNCE and its gradient come from nearmiss, and so do the hard negatives, mined at every step.

    python3 clients/python/examples/train_encoder.py

The sample that comes with nearmiss is a reverse dictionary: definitions are queries, words are documents. No word of dev is in train.
"""

import argparse
import gzip
import json
import pathlib
import random
import re
import sys
import zlib

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1]))
from nearmiss_bridge import Bridge  # noqa: E402
from nearmiss_torch import nearmiss_loss  # noqa: E402

BUCKETS = 2**15
DIM = 128


class Encoder(torch.nn.Module):
    """The mean of the rows of a text's words and of their four-letter pieces, in a table by hash, and a linear layer."""

    def __init__(self):
        super().__init__()
        self.table = torch.nn.EmbeddingBag(BUCKETS, DIM, mode="mean", sparse=True)
        self.linear = torch.nn.Linear(DIM, DIM)

    def forward(self, texts):
        bags = [hashes(text) for text in texts]
        offsets = np.cumsum([0] + [len(bag) for bag in bags[:-1]])
        return self.linear(self.table(torch.tensor(np.concatenate(bags)), torch.tensor(offsets)))


def hashes(text, known={}):
    if text not in known:
        pieces = []
        for word in re.findall(r"\w+", text.lower()):
            framed = f"<{word}>"
            pieces += [framed] + [framed[i : i + 4] for i in range(len(framed) - 3)]
        known[text] = np.array([zlib.crc32(piece.encode()) % BUCKETS for piece in pieces or [""]])
    return known[text]


def read_texts(path):
    with gzip.open(path, "rt") as lines:
        return {record["_id"]: record["text"] for record in map(json.loads, lines)}


def read_pairs(path):
    """The lines of a qrels file: query and document."""
    return [line.split("\t")[:2] for line in path.read_text().splitlines()[1:]]


def recall(bridge, encoder, corpus, queries, pairs, k=10):
    """The share of the queries whose document is among the nearest k of the whole corpus, which is stored anew."""
    with torch.no_grad():
        for start in range(0, len(corpus), 1024):
            rows = encoder(corpus[start : start + 1024]).numpy()
            bridge.upsert(rows, np.arange(start, start + len(rows)))
        found, _, _ = bridge.search(encoder([queries[query] for query, _ in pairs]).numpy(), k)
    return np.mean([document in row for row, (_, document) in zip(found, pairs)])


def train(bridge, data, steps, batch=256, seed=0):
    torch.manual_seed(seed)
    draw = random.Random(seed)
    texts = read_texts(data / "corpus.jsonl.gz")
    queries = read_texts(data / "queries.jsonl.gz")
    corpus, row_of = list(texts.values()), {name: row for row, name in enumerate(texts)}
    splits = {
        split: [(query, row_of[document]) for query, document in read_pairs(data / "qrels" / f"{split}.tsv")]
        for split in ("train", "dev")
    }
    right = {}
    for query, document in splits["train"]:
        right.setdefault(query, []).append(document)

    encoder = Encoder()
    log_scale = torch.nn.Parameter(torch.tensor(20.0).log())
    # of the table only the rows that a batch touched move
    optimizers = [
        torch.optim.SparseAdam(list(encoder.table.parameters()), lr=0.01),
        torch.optim.Adam([*encoder.linear.parameters(), log_scale], lr=0.003),
    ]
    print(f"before: recall@10 on dev {recall(bridge, encoder, corpus, queries, splits['dev']):.3f}")
    for step in range(steps):
        pairs = draw.sample(splits["train"], batch)
        ids = np.array([document for _, document in pairs])
        known = np.array([(row, document) for row, (query, _) in enumerate(pairs) for document in right[query]])
        anchors = encoder([queries[query] for query, _ in pairs])
        positives = encoder([corpus[document] for document in ids])

        # what stands in the index is as old as the last step that embedded it
        _, first = np.unique(ids, return_index=True)
        bridge.upsert(positives.detach()[first], ids[first])
        mined, _ = bridge.mine(anchors.detach(), positives.detach(), ids, {"negatives": 2}, known=known)
        mined = np.unique(mined)
        negatives = encoder([corpus[document] for document in mined])
        bridge.upsert(negatives.detach(), mined)

        loss = nearmiss_loss(
            bridge,
            "infoNce",
            anchors=anchors,
            positives=positives,
            negatives=negatives,
            ids=ids,
            negative_ids=mined,
            known=known,
            log_scale=log_scale,
        )
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        if (step + 1) % max(1, steps // 10) == 0:
            print(f"step {step + 1}: loss {loss.item():.3f}, {len(mined)} hard negatives")
    print(f"after: recall@10 on dev {recall(bridge, encoder, corpus, queries, splits['dev']):.3f}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=pathlib.Path, default=HERE.parents[3] / "pipelines" / "sample")
    options.add_argument("--steps", type=int, default=300)
    options.add_argument("--command", nargs="+", help="what starts nearmiss, by default the one on the path or npx's")
    given = options.parse_args()
    with Bridge(command=given.command) as bridge:
        train(bridge, given.data, given.steps)
