import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWith } from '../bench/peer.ts';
import { cli } from './pipelines/command.ts';

const page = await readFile(fileURLToPath(new URL('../docs/pytorch.md', import.meta.url)), 'utf8');
const [definitions, example] = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code);

/** What PyTorch says of the same, by its own operations. */
const CHECKS = `
from torch.nn import functional as F

def slopes(value, *inputs):
    return [value, *torch.autograd.grad(value, inputs)]

def differ(ours, theirs):
    print("apart", max(float((a.double() - b.double()).abs().max()) for a, b in zip(ours, theirs)))

a = torch.randn(20, 8, requires_grad=True)
# columns stand together in this one
p = torch.randn(8, 20).T.requires_grad_()
scale = torch.tensor(2.0, requires_grad=True)
logits = scale.exp() * F.normalize(a) @ F.normalize(p).T
# twice the value has twice the slopes
differ(
    slopes(2 * nearmiss("infoNce", anchors=a, positives=p, log_scale=scale), a, p, scale),
    slopes(2 * F.cross_entropy(logits, torch.arange(20)), a, p, scale),
)
mined = torch.tensor([[0, 1, 2], [3, 4, 5], [19, 0, 7]])
differ(
    slopes(nearmiss("triplet", {"distance": "torchPairwise", "margin": 1}, embeddings=a,
                    labels=torch.zeros(20, dtype=torch.int64), triplets=mined), a),
    slopes(F.triplet_margin_loss(*(a[mined[:, c]] for c in range(3))), a),
)
x = torch.randn(5, requires_grad=True)
differ(slopes(nearmiss("mse", predictions=x, targets=torch.ones(5)), x), slopes(F.mse_loss(x, torch.ones(5)), x))
`;

const python = pythonWith('torch');

describe.skipIf(python === undefined)(
  'the page on PyTorch (skipped where no python3 has torch and numpy: apt-get install python3-torch python3-numpy)',
  () => {
    let folder = '';
    beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'pytorch-'))));
    afterAll(() => rm(folder, { recursive: true }));

    async function run(code: string): Promise<string> {
      const file = join(folder, 'example.py');
      const command = `COMMAND = ${JSON.stringify([process.execPath, cli])}\n`;
      await writeFile(file, `${definitions}\n${command}${code}`);
      return (await promisify(execFile)(python ?? '', [file])).stdout;
    }

    it('has an example that learns', async () => {
      const losses = [...(await run(example)).matchAll(/step \d: (\d\.\d{4})/g)].map(([, loss]) =>
        Number(loss),
      );
      expect(losses).toHaveLength(3);
      expect(losses[2]).toBeLessThan(losses[0]);
    }, 60_000);

    it('gives the values and gradients that PyTorch computes itself', async () => {
      const apart = [...(await run(CHECKS)).matchAll(/apart (.*)/g)].map(([, found]) => Number(found));
      expect(apart).toHaveLength(3);
      for (const difference of apart) expect(difference).toBeLessThan(1e-5);
    }, 60_000);
  },
);
