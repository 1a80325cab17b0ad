"""The losses and the search in PyTorch: the form its users write, and others that may be faster."""

import sys

# or this file would be the torch that is imported
sys.path.append(sys.path.pop(0))

import torch
from torch.nn import functional as F

import peer


def symmetric_infonce(inputs, temperature):
    anchors, positives = leaves(inputs, "anchors", "positives")
    labels = torch.arange(len(anchors))

    def cross_entropy():
        logits = anchors @ positives.T / temperature
        return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2

    def logsumexp():
        logits = anchors @ (positives / temperature).T
        right = (anchors * positives).sum(1) / temperature
        return ((logits.logsumexp(1) + logits.logsumexp(0)) / 2 - right).mean()

    return losses({"anchors": anchors, "positives": positives}, cross_entropy, logsumexp)


def infonce(inputs, temperature):
    anchors, positives = leaves(inputs, "anchors", "positives")
    labels = torch.arange(len(anchors))

    def cross_entropy():
        return F.cross_entropy(anchors @ positives.T / temperature, labels)

    def logsumexp():
        logits = anchors @ (positives / temperature).T
        right = (anchors * positives).sum(1) / temperature
        return (logits.logsumexp(1) - right).mean()

    return losses({"anchors": anchors, "positives": positives}, cross_entropy, logsumexp)


def nt_xent(inputs, temperature):
    """Row i's positive is the other view of its item, half of the rows away; SimCLR, eq. 1."""
    (embeddings,) = leaves(inputs, "embeddings")
    rows = len(embeddings)
    other = (torch.arange(rows) + rows // 2) % rows

    def cross_entropy():
        logits = embeddings @ embeddings.T / temperature
        return F.cross_entropy(logits.fill_diagonal_(-torch.inf), other)

    def logsumexp():
        logits = embeddings @ (embeddings / temperature).T
        right = (embeddings * embeddings.roll(rows // 2, 0)).sum(1) / temperature
        return (logits.fill_diagonal_(-torch.inf).logsumexp(1) - right).mean()

    return losses({"embeddings": embeddings}, cross_entropy, logsumexp)


def supcon(inputs, temperature):
    """L_out of Khosla et al., eq. 2; `masked` goes the way of pytorch-metric-learning's SupConLoss."""
    (embeddings,) = leaves(inputs, "embeddings")
    labels = integers(inputs["labels"])

    def masks():
        same = labels[:, None] == labels[None]
        return same.clone().fill_diagonal_(False), ~same

    def masked():
        positive, negative = masks()
        logits = embeddings @ embeddings.T / temperature
        logits = logits - logits.max(1, keepdim=True)[0].detach()
        others = logits.masked_fill(~(positive | negative), torch.finfo(logits.dtype).min)
        log_probability = logits - others.logsumexp(1, keepdim=True)
        positive = positive.to(logits.dtype)
        tiny = torch.finfo(logits.dtype).tiny
        return -((positive * log_probability).sum(1) / (positive.sum(1) + tiny)).mean()

    def logsumexp():
        positive, _ = masks()
        logits = embeddings @ (embeddings / temperature).T
        right = (logits * positive).sum(1) / positive.sum(1)
        return (logits.fill_diagonal_(-torch.inf).logsumexp(1) - right).mean()

    return losses({"embeddings": embeddings}, masked, logsumexp)


def cross_entropy(inputs, smoothing):
    (logits,) = leaves(inputs, "logits")
    labels = integers(inputs["labels"])

    def cross_entropy():
        return F.cross_entropy(logits, labels, label_smoothing=smoothing)

    def logsumexp():
        right = logits.gather(1, labels[:, None]).mean()
        return logits.logsumexp(1).mean() - (1 - smoothing) * right - smoothing * logits.mean()

    return losses({"logits": logits}, cross_entropy, logsumexp)


def batch_hard_triplet(inputs, margin):
    (embeddings,) = leaves(inputs, "embeddings")
    labels = integers(inputs["labels"])

    def masked():
        similarities = embeddings @ embeddings.T
        same = labels[:, None] == labels[None]
        positive = similarities.masked_fill(~same.clone().fill_diagonal_(False), torch.inf).min(1)[0]
        negative = similarities.masked_fill(same, -torch.inf).max(1)[0]
        return F.relu((1 - positive) - (1 - negative) + margin).mean()

    def gathered():
        with torch.no_grad():
            similarities = embeddings @ embeddings.T
            same = labels[:, None] == labels[None]
            negatives = similarities.masked_fill(same, -torch.inf).argmax(1)
            positives = similarities.masked_fill_(~same.fill_diagonal_(False), torch.inf).argmin(1)
        near = (embeddings * embeddings[positives]).sum(1)
        far = (embeddings * embeddings[negatives]).sum(1)
        return F.relu((1 - near) - (1 - far) + margin).mean()

    return losses({"embeddings": embeddings}, masked, gathered)


def exact_top_k(inputs, k):
    corpus, queries = (torch.from_numpy(inputs[name]) for name in ("corpus", "queries"))

    def searched(block):
        def run():
            found = [(rows @ corpus.T).topk(k) for rows in queries.split(block)]
            scores, ids = (torch.cat(parts) for parts in zip(*found))
            return 0, {"scores": scores.numpy(), "ids": ids.numpy()}

        return run

    return {"whole": searched(len(queries)), "blocks-of-64": searched(64)}


def leaves(inputs, *names):
    return [torch.from_numpy(inputs[name]).requires_grad_() for name in names]


def integers(column):
    return torch.from_numpy(column[:, 0]).long()


def losses(inputs, *forms):
    """Each form with its gradients, by its name."""

    def with_gradients(form):
        def run():
            for leaf in inputs.values():
                leaf.grad = None
            value = form()
            value.backward()
            return value.item(), {name: leaf.grad.numpy() for name, leaf in inputs.items()}

        return run

    return {form.__name__: with_gradients(form) for form in forms}


PROBLEMS = {
    "symmetric_infonce": symmetric_infonce,
    "infonce": infonce,
    "nt_xent": nt_xent,
    "supcon": supcon,
    "cross_entropy": cross_entropy,
    "batch_hard_triplet": batch_hard_triplet,
    "exact_top_k": exact_top_k,
}

if __name__ == "__main__":
    name, folder = sys.argv[1:]
    task, inputs = peer.read(folder)
    torch.set_num_threads(task["threads"])
    forms = PROBLEMS[task["problem"]](inputs, **task["numbers"])
    # as it comes, the form that is written first; tuned, whichever is fastest
    peer.serve(name, folder, forms if name == "torch-tuned" else dict([next(iter(forms.items()))]))
