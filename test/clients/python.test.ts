import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWith } from '../../bench/peer.ts';
import { cli } from '../pipelines/command.ts';

const TOKEN = 'a token of this test alone';

/** The same over each door; the numbers must be the same to the bit. */
const PROGRAM = `
import sys
sys.path.insert(0, sys.argv[1])
command, path, url, token = sys.argv[2].split("|"), *sys.argv[3:6]
import numpy as np
from nearmiss_bridge import *

random = np.random.default_rng(0)
a, p = random.standard_normal((2, 40, 8), dtype="f4")
ids = np.arange(100, 140)
found = []
doors = [lambda: Bridge(command=command), lambda: SocketBridge(path), lambda: HttpBridge(url, token)]
for door in doors:
    with door() as nearmiss:
        size = nearmiss.upsert(p, ids)
        value, gradients = nearmiss.score("infoNce", {"symmetric": True}, anchors=a, positives=p, log_scale=1.5)
        neighbors, distances, _ = nearmiss.search(a, 3)
        negatives, owned = nearmiss.mine(a, p, ids, {"negatives": 2, "relative_margin": "none"})
        means, each = nearmiss.evaluate(a, np.stack([np.arange(40), ids], 1), "mrr,recall@5", k=40)
        assert size == 40 and nearmiss.stats()["dim"] == 8
        # the mean of one over the rank of its own positive, by numpy
        unit = lambda m: m / np.linalg.norm(m, axis=1, keepdims=True)
        ranks = (unit(a) @ unit(p).T >= (unit(a) * unit(p)).sum(1, keepdims=True) - 1e-7).sum(1)
        assert abs(means["mrr"] - (1 / ranks).mean()) < 1e-9, (means, (1 / ranks).mean())
        for wrong in (lambda: nearmiss.search(a, 0), lambda: nearmiss.score("infonce", anchors=a)):
            try:
                wrong()
                raise SystemExit("not refused")
            except Refused as refused:
                assert "must be" in str(refused)
        assert nearmiss.remove(ids[:2]) == 38
        found.append([value, gradients["anchors"], gradients["log_scale"], neighbors, distances, negatives, owned, each["recall@5"]])
for others in found[1:]:
    for ours, theirs in zip(found[0], others):
        assert np.array_equal(ours, theirs), (ours, theirs)
with SocketBridge(path) as one, HttpBridge(url, token, timeout=20) as other:
    one.upsert(a, ids)
    assert one.snapshot("a") == 40 and other.remove(ids) == 0 and other.restore("a") == 40 and one.stats()["size"] == 40
many = random.standard_normal((3000, 64))
for refused, door in ((Late, SocketBridge(path, timeout=1e-6)), (Refused, HttpBridge(url, "another token, of somebody"))):
    try:
        door.score("infoNce", anchors=many, positives=many)
        raise SystemExit("not refused")
    except refused:
        pass
print("same")
`;

const TORCH = `
import sys
sys.path.insert(0, sys.argv[1])
import torch
from torch.nn import functional as F
from nearmiss_bridge import *
from nearmiss_torch import nearmiss_loss

a, p = (torch.randn(20, 8, requires_grad=True) for _ in range(2))
for door in (SocketBridge(sys.argv[3]), HttpBridge(sys.argv[4], sys.argv[5])):
    with door as nearmiss:
        ours = nearmiss_loss(nearmiss, "infoNce", {"temperature": 0.5}, anchors=a, positives=p)
        theirs = F.cross_entropy(2 * F.normalize(a) @ F.normalize(p).T, torch.arange(20))
        for x, y in zip(torch.autograd.grad(2 * ours, [a, p]), torch.autograd.grad(2 * theirs, [a, p])):
            assert (x - y).abs().max() < 1e-6
print("same")
`;

describe.skipIf(pythonWith('numpy') === undefined)(
  'the Python client (skipped where no python3 has numpy: apt-get install python3-numpy)',
  () => {
    let folder = '';
    let url = '';
    let child: ReturnType<typeof spawn>;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'python-'));
      const words = [
        '--index',
        'exact',
        '--port',
        '0',
        '--socket',
        join(folder, 'socket'),
        '--store',
        join(folder, 'rows'),
      ];
      child = spawn(process.execPath, [cli, 'serve', ...words], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NEARMISS_TOKEN: TOKEN },
      });
      if (child.stdout === null) return;
      const [line] = await once(createInterface(child.stdout), 'line');
      const { port } = JSON.parse(String(line));
      url = `http://127.0.0.1:${port}`;
    });
    afterAll(async () => {
      child.kill();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    });

    async function run(python: string | undefined, code: string): Promise<string> {
      const file = join(folder, 'program.py');
      await writeFile(file, code);
      const client = fileURLToPath(new URL('../../clients/python', import.meta.url));
      const words = [file, client, `${process.execPath}|${cli}`, join(folder, 'socket'), url, TOKEN];
      return (await promisify(execFile)(python ?? '', words)).stdout;
    }

    it('says the same over a process, a socket and HTTP', async () => {
      expect(await run(pythonWith('numpy'), PROGRAM)).toBe('same\n');
    });

    it.skipIf(pythonWith('torch') === undefined)(
      'gives PyTorch its gradients over a socket and HTTP (skipped where no python3 has torch: apt-get install python3-torch)',
      async () => expect(await run(pythonWith('torch'), TORCH)).toBe('same\n'),
    );
  },
);
