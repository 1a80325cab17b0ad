"""Losses, exact gradients and hard negatives of nearmiss, for a trainer in Python.

A `Bridge` starts `nearmiss bridge`, a process that answers on its stdout what it is asked on its stdin. One file, numpy alone:

    with Bridge() as bridge:
        value, gradients = bridge.score("infoNce", {"temperature": 0.05}, anchors=a, positives=p)

Names in Python have underscores where nearmiss has capitals: log_scale is logScale. A Bridge belongs to one thread.
"""

import json
import shutil
import struct
import subprocess

import numpy as np

MAGIC = b"nmf1"
PREFIX = struct.Struct("<4sIQ")
TYPES = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4"), "uint32": np.dtype("<u4")}

# Of whole numbers, by the names of inputs; all others are uint32.
SIGNED = {"labels", "negativeLabels", "referenceLabels", "classes"}


class Refused(ValueError):
    """What was asked for is wrong, as the sentence says. The bridge goes on."""


class BridgeEnded(RuntimeError):
    """The process of the bridge is gone, or said what cannot be read."""


class Bridge:
    """
    A nearmiss in a process of its own, with an index that is empty at first.

    `index` is "exact" or "hnsw", `distance` "cosine", "dot" or "euclidean"; `arguments` are further ones of `nearmiss bridge`, and
    `command` is what starts nearmiss: by default the one on the path, or else npx's.
    """

    def __init__(self, index="exact", distance="cosine", arguments=(), command=None):
        if command is None:
            command = ["nearmiss"] if shutil.which("nearmiss") else ["npx", "nearmiss"]
        words = [*command, "bridge", "--index", index, "--distance", distance, *arguments]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._asked = 0

    def score(self, loss, options=None, **inputs):
        """
        The value of a loss and its gradients by the names of the inputs, arrays of float32.

        Inputs are arrays by row: floats, labels, ids or row numbers; a number is what `nearmiss losses LOSS` calls one.
        """
        header, arrays = self.ask("score", inputs, options, loss=loss)
        gradients = {_snake(name): slope for name, slope in header["gradients"].items()}
        for name, array in arrays.items():
            if name.startswith("gradients."):
                gradients[_snake(name[len("gradients."):])] = array
        return header["value"], gradients

    def upsert(self, rows, ids, classes=None):
        """Stores rows under their ids, in the place of what was stored there; how many rows there are now."""
        return self.ask("upsert", {"rows": rows, "ids": ids, "classes": classes})[0]["size"]

    def remove(self, ids):
        """Forgets the rows of these ids; how many there are now."""
        return self.ask("remove", {"ids": ids})[0]["size"]

    def search(self, queries, k, **inputs):
        """
        The nearest stored rows of each query: ids and distances, queries × k, and how many of each there are.

        `known`, pairs of a query's row and an id, and `classes`, one a query, are not given to it; `ef`, `exact` as `nearmiss search`.
        """
        _, arrays = self.ask("search", {"queries": queries, "k": k, **inputs})
        return arrays["ids"], arrays["distances"], arrays["found"]

    def mine(self, anchors, positives, ids, options=None, **inputs):
        """
        The ids of the stored rows that each anchor is most easily confused with, an anchor's together, and how many each owns.

        `ids` are those of the positives; `known`, pairs of an anchor's row and an id, says what else is right. `options` are those of
        `nearMisses`: {"negatives": 4, "relativeMargin": 0.05}.
        """
        _, arrays = self.ask("mine", {"anchors": anchors, "positives": positives, "ids": ids, **inputs}, options)
        return arrays["negativeIds"], arrays["owned"]

    def stats(self):
        """What the index is, and how many rows it has."""
        return self.ask("stats", {})[0]

    def ask(self, call, inputs, options=None, **header):
        """Any call of the bridge: the header and the arrays of its answer."""
        if self._process.poll() is not None:
            raise BridgeEnded(f"nearmiss bridge ended with {self._process.returncode}")
        self._asked += 1
        values, arrays = {}, {}
        for name, value in inputs.items():
            if value is None:
                continue
            if np.ndim(value) == 0:
                values[_camel(name)] = value.item() if hasattr(value, "item") else value
            else:
                arrays[_camel(name)] = _array(_camel(name), value)
        texts = {_camel(name): _text(value) for name, value in (options or {}).items()}
        try:
            self._write({**header, "id": self._asked, "call": call, "options": texts, "values": values}, arrays)
            answer, found = self._read()
        except BrokenPipeError:
            raise BridgeEnded(f"nearmiss bridge ended with {self._process.wait()}") from None
        if "error" in answer:
            raise Refused(answer["error"])
        if answer.get("id") != self._asked:
            raise BridgeEnded(f"nearmiss bridge answered {answer.get('id')}, asked was {self._asked}")
        return answer, found

    def close(self):
        """Lets the process end."""
        if self._process.poll() is None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _write(self, header, arrays):
        listed = [{"name": name, "type": array.dtype.name, "shape": array.shape} for name, array in arrays.items()]
        words = json.dumps({**header, "arrays": listed}, allow_nan=False).encode()
        body = sum(array.nbytes + -array.nbytes % 8 for array in arrays.values())
        stdin = self._process.stdin
        stdin.write(PREFIX.pack(MAGIC, len(words), body) + words + bytes(-len(words) % 8))
        for array in arrays.values():
            stdin.write(array.data.cast("B") if array.nbytes else b"")
            stdin.write(bytes(-array.nbytes % 8))
        stdin.flush()

    def _read(self):
        magic, length, body_length = PREFIX.unpack(self._exactly(PREFIX.size))
        if magic != MAGIC:
            raise BridgeEnded(f"nearmiss bridge must answer messages, got {magic!r}")
        header = json.loads(bytes(self._exactly(length + -length % 8)[:length]))
        body = self._exactly(body_length)
        arrays, at = {}, 0
        for entry in header.pop("arrays"):
            dtype, shape = TYPES[entry["type"]], entry["shape"]
            count = int(np.prod(shape, dtype=np.int64))
            # a view, which keeps the answer's memory
            arrays[entry["name"]] = np.frombuffer(body, dtype, count, at).reshape(shape)
            at += 4 * count + -4 * count % 8
        return header, arrays

    def _exactly(self, length):
        into = np.empty(length, np.uint8)
        got = self._process.stdout.readinto(into.data) if length else 0
        if got < length:
            raise BridgeEnded(f"nearmiss bridge ended with {self._process.wait()}")
        return into.data


def _array(name, value):
    """Of a type that messages have, with nothing lost but digits of floats."""
    array = np.asarray(value)
    if array.dtype.kind == "f" or array.size == 0 and array.dtype.kind not in "iub":
        dtype = TYPES["float32"]
    elif array.dtype.kind in "iub":
        dtype = TYPES["int32" if name in SIGNED else "uint32"]
        limits = np.iinfo(dtype)
        if array.size and not (limits.min <= array.min() and array.max() <= limits.max):
            raise Refused(f"{_snake(name)} must be in [{limits.min}, {limits.max}], got {array.min()} to {array.max()}")
    else:
        raise Refused(f"{_snake(name)} must be of numbers, got {array.dtype}")
    return np.ascontiguousarray(array, dtype)


def _text(value):
    """An option as it stands on a command line."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(_text, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _camel(name):
    first, *others = name.split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others)


def _snake(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
