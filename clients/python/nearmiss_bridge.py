"""Losses, exact gradients, an index and hard negatives of nearmiss, for programs in Python.

One file, numpy alone, three ways to nearmiss with the same methods:

    with Bridge() as nearmiss:                      # starts `nearmiss bridge`, a process of its own
    with SocketBridge("nearmiss.sock") as nearmiss: # asks a `nearmiss serve --socket nearmiss.sock`
    with HttpBridge("http://localhost:8080", token) as nearmiss:
        value, gradients = nearmiss.score("infoNce", {"temperature": 0.05}, anchors=a, positives=p)

Names in Python have underscores where nearmiss has capitals: log_scale is logScale. Each belongs to one thread.
"""

import http.client
import json
import shutil
import socket
import struct
import subprocess
import time
import urllib.parse

import numpy as np

MAGIC = b"nmf1"
PREFIX = struct.Struct("<4sIQ")
TYPES = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4"), "uint32": np.dtype("<u4")}
FRAME = "application/vnd.nearmiss.frame"

# Of whole numbers, by the names of inputs; all others are uint32.
SIGNED = {"labels", "negativeLabels", "referenceLabels", "classes"}

# Seconds that a connection of HTTP may be idle before it is made anew; the service waits longer.
IDLE = 30


class Refused(ValueError):
    """What was asked for is wrong, as the sentence says. The next call is answered."""


class Busy(RuntimeError):
    """The service has too much to do, or ends; `retry_after` says in how many seconds it may be asked again."""

    def __init__(self, sentence, retry_after):
        super().__init__(sentence)
        self.retry_after = retry_after


class Late(TimeoutError):
    """There was no answer in time. What had begun goes on, a change too."""


class Failed(RuntimeError):
    """The service has a fault of its own."""


class BridgeEnded(RuntimeError):
    """Whoever answers is gone, or said what cannot be read."""


class _Calls:
    """What can be asked, however it is sent."""

    def __init__(self, timeout=None, retries=0):
        self._timeout, self._retries, self._asked = timeout, retries, 0

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

    def evaluate(self, queries, judged, metrics="ndcg@10,recall@100,mrr@10", **inputs):
        """
        The mean of each metric over the queries, and arrays of a value a query.

        `judged` are pairs of a query's row and an id, `grades` how each was judged, by default 1; `known` pairs that are left out.
        """
        header, arrays = self.ask("evaluate", {"queries": queries, "judged": judged, **inputs}, {"metrics": metrics})
        return header["means"], arrays

    def snapshot(self, name=None):
        """Writes the rows of a service in one piece, to be restored by its name where there is one; how many there are."""
        return self.ask("snapshot", {}, **({} if name is None else {"name": name}))[0]["size"]

    def restore(self, name):
        """Puts the rows of a snapshot in the place of all others; how many there are."""
        return self.ask("restore", {}, name=name)[0]["size"]

    def stats(self):
        """What the index is, and how many rows it has."""
        return self.ask("stats", {})[0]

    def ask(self, call, inputs, options=None, **header):
        """Any call: the header and the arrays of its answer."""
        values, arrays = {}, {}
        for name, value in inputs.items():
            if value is None:
                continue
            if np.ndim(value) == 0:
                values[_camel(name)] = value.item() if hasattr(value, "item") else value
            else:
                arrays[_camel(name)] = _array(_camel(name), value)
        texts = {_camel(name): _text(value) for name, value in (options or {}).items()}
        header.update(call=call, options=texts, values=values)
        if self._timeout is not None:
            header["timeout"] = 1000 * self._timeout
        for left in range(self._retries, -1, -1):
            self._asked += 1
            answer, found = self._exchange(call, _framed({**header, "id": self._asked}, arrays))
            if answer.get("status") != 429 or left == 0:
                break
            time.sleep(answer.get("retryAfter", 1))
        if "error" in answer:
            raise _refusal(answer)
        if answer.get("id") != self._asked:
            raise BridgeEnded(f"nearmiss answered {answer.get('id')}, asked was {self._asked}")
        return answer, found

    def close(self):
        """Lets go of whoever answers."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Bridge(_Calls):
    """
    A nearmiss in a process of its own, with an index that is empty at first.

    `index` is "exact" or "hnsw", `distance` "cosine", "dot" or "euclidean"; `arguments` are further ones of `nearmiss bridge`, and
    `command` is what starts nearmiss: by default the one on the path, or else npx's.
    """

    def __init__(self, index="exact", distance="cosine", arguments=(), command=None):
        super().__init__()
        if command is None:
            command = ["nearmiss"] if shutil.which("nearmiss") else ["npx", "nearmiss"]
        words = [*command, "bridge", "--index", index, "--distance", distance, *arguments]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self):
        """Lets the process end."""
        if self._process.poll() is None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
            self._process.wait()
        self._process.stdout.close()

    def _exchange(self, _call, parts):
        if self._process.poll() is not None:
            raise BridgeEnded(f"nearmiss bridge ended with {self._process.returncode}")
        try:
            _write(self._process.stdin, parts)
            return _read(self._process.stdout)
        except (BrokenPipeError, EOFError):
            raise BridgeEnded(f"nearmiss bridge ended with {self._process.wait()}") from None


class SocketBridge(_Calls):
    """
    A service on this machine, by the path of its socket: `nearmiss serve --socket PATH`.

    `timeout` is how many seconds an answer may take, by default as many as the service gives; one that is busy is asked again
    `retries` times.
    """

    def __init__(self, path, timeout=None, retries=3):
        super().__init__(timeout, retries)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._file = self._socket.makefile("rwb")

    def close(self):
        for each in (self._file, self._socket):
            try:
                each.close()
            except OSError:
                pass

    def _exchange(self, _call, parts):
        try:
            _write(self._file, parts)
            return _read(self._file)
        except (EOFError, OSError) as error:
            raise BridgeEnded(f"the service is gone: {error}") from None


class HttpBridge(_Calls):
    """
    A service by its address: `nearmiss serve --port 8080`, whose token is asked for where it has one.

    `timeout` and `retries` as for `SocketBridge`.
    """

    def __init__(self, url, token=None, timeout=None, retries=3):
        super().__init__(timeout, retries)
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port)
        self._base = parts.path.rstrip("/")
        self._headers = {"Content-Type": FRAME, "Accept": FRAME}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._used = time.monotonic()

    def close(self):
        self._connection.close()

    def _exchange(self, call, parts):
        if time.monotonic() - self._used > IDLE:
            self._connection.close()
        length = str(sum(map(len, parts)))
        try:
            try:
                self._connection.request(
                    "POST", f"{self._base}/v1/{call}", iter(parts), {**self._headers, "Content-Length": length}
                )
            except (BrokenPipeError, ConnectionResetError):
                # it may have been refused before all of it was sent
                pass
            answer = self._connection.getresponse()
            if answer.status == 200:
                found = _read(answer)
                answer.read()
            else:
                said = json.loads(answer.read())
                after = answer.headers.get("Retry-After")
                found = {"status": answer.status, **said, **({} if after is None else {"retryAfter": int(after)})}, {}
            self._used = time.monotonic()
            return found
        except (EOFError, OSError, ValueError, http.client.HTTPException) as error:
            self._connection.close()
            raise BridgeEnded(f"the service is gone: {error!r}") from None


def _refusal(answer):
    sentence, status = answer["error"], answer.get("status", 400)
    if status in (429, 503):
        return Busy(sentence, answer.get("retryAfter"))
    if status == 504:
        return Late(sentence)
    return Failed(sentence) if status >= 500 else Refused(sentence)


def _framed(header, arrays):
    """The bytes of a message in parts; arrays are not copied."""
    listed = [{"name": name, "type": array.dtype.name, "shape": array.shape} for name, array in arrays.items()]
    words = json.dumps({**header, "arrays": listed}, allow_nan=False).encode()
    body = sum(array.nbytes + -array.nbytes % 8 for array in arrays.values())
    parts = [PREFIX.pack(MAGIC, len(words), body) + words + bytes(-len(words) % 8)]
    for array in arrays.values():
        if array.nbytes:
            parts.append(array.data.cast("B"))
        if array.nbytes % 8:
            parts.append(bytes(-array.nbytes % 8))
    return parts


def _write(stream, parts):
    for part in parts:
        stream.write(part)
    stream.flush()


def _read(stream):
    magic, length, body_length = PREFIX.unpack(_exactly(stream, PREFIX.size))
    if magic != MAGIC:
        raise BridgeEnded(f"nearmiss must answer messages, got {magic!r}")
    header = json.loads(bytes(_exactly(stream, length + -length % 8)[:length]))
    body = _exactly(stream, body_length)
    arrays, at = {}, 0
    for entry in header.pop("arrays"):
        dtype, shape = TYPES[entry["type"]], entry["shape"]
        count = int(np.prod(shape, dtype=np.int64))
        # a view, which keeps the answer's memory
        arrays[entry["name"]] = np.frombuffer(body, dtype, count, at).reshape(shape)
        at += 4 * count + -4 * count % 8
    return header, arrays


def _exactly(stream, length):
    into = memoryview(np.empty(length, np.uint8))
    got = 0
    while got < length:
        more = stream.readinto(into[got:])
        if not more:
            raise EOFError(f"an answer of {length} bytes ended after {got}")
        got += more
    return into


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
