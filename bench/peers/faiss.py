"""The search in faiss, by a flat index."""

import sys

# or this file would be the faiss that is imported
sys.path.append(sys.path.pop(0))

import faiss

import peer

if __name__ == "__main__":
    name, folder = sys.argv[1:]
    task, inputs = peer.read(folder)
    faiss.omp_set_num_threads(task["threads"])
    index = faiss.IndexFlatIP(inputs["corpus"].shape[1])
    index.add(inputs.pop("corpus"))

    def flat():
        scores, ids = index.search(inputs["queries"], task["numbers"]["k"])
        return 0, {"scores": scores, "ids": ids}

    peer.serve(name, folder, {"flat": flat})
