import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pythonWith } from '../../bench/peer.ts';
import { type Matrix, matrix } from '../../src/core/matrix.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import { ema, swa } from '../../src/optimizers/averages.ts';
import { clipped } from '../../src/optimizers/clip.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { plateau } from '../../src/optimizers/plateau.ts';
import { cosineRate, linearRate } from '../../src/optimizers/schedules.ts';
import { sgd } from '../../src/optimizers/sgd.ts';
import { sparseAdam } from '../../src/optimizers/sparse-adam.ts';
import { expectClose, gaussian } from '../matrices.ts';

const [ROWS, COLS, STEPS] = [5, 3, 12];
const begun = gaussian(ROWS, COLS, 1);
const slopes = Array.from({ length: STEPS }, (_, step) => gaussian(ROWS, COLS, 2, step));
/** The rows that step t touches, of a table. */
const touched = Array.from({ length: STEPS }, (_, step) => (step % 3 === 0 ? [1, 4] : [step % 3, 3]));
const watched = [3, 2, 2, 2, 2.1, 1.9999, 1.99985, 1, 1, 1, 1, 1];

/** Where PyTorch's optimizers, schedules and averages go from the same start along the same slopes. */
const THEIRS = `
import json, sys, torch, warnings
warnings.simplefilter("ignore")
given = json.load(sys.stdin)
slopes = [torch.tensor(each).reshape(5, 3) for each in given["slopes"]]
start = lambda: torch.nn.Parameter(torch.tensor(given["begun"]).reshape(5, 3))

def walk(make, clip=None, some=False):
    x = start()
    optimizer = make([x])
    for slope, rows in zip(slopes, given["touched"]):
        x.grad = torch.sparse_coo_tensor([rows], slope[rows], (5, 3)) if some else slope.clone()
        if clip: torch.nn.utils.clip_grad_norm_([x], clip)
        optimizer.step()
    return x.flatten().tolist()

def rates(make, watched=None):
    optimizer = torch.optim.SGD([start()], lr=0.5)
    schedule, found = make(optimizer), []
    for step in range(12):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(watched[step]) if watched else schedule.step()
    return found

def averaged(average=None):
    layer = torch.nn.Linear(3, 5, bias=False)
    averages = torch.optim.swa_utils.AveragedModel(layer, avg_fn=average)
    for slope in slopes:
        with torch.no_grad(): layer.weight.copy_(slope)
        averages.update_parameters(layer)
    return averages.module.weight.flatten().tolist()

o, s = torch.optim, torch.optim.lr_scheduler
print(json.dumps({
    "sgd": walk(lambda p: o.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05)),
    "nesterov": walk(lambda p: o.SGD(p, lr=0.1, momentum=0.8, nesterov=True)),
    "adamW": walk(lambda p: o.AdamW(p, lr=0.05, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1)),
    "sparseAdam": walk(lambda p: o.SparseAdam(p, lr=0.05, betas=(0.8, 0.99), eps=1e-3), some=True),
    "clipped": walk(lambda p: o.SGD(p, lr=0.1), clip=2.5),
    "linear": rates(lambda p: s.LinearLR(p, 1, 0.2, total_iters=8)),
    "cosine": rates(lambda p: s.CosineAnnealingLR(p, T_max=12, eta_min=0.1)),
    "plateau": rates(lambda p: s.ReduceLROnPlateau(p, patience=1, factor=0.3, cooldown=1, min_lr=0.01), given["watched"]),
    "ema": averaged(lambda a, p, _: 0.7 * a + 0.3 * p),
    "swa": averaged(),
}))
`;

function walk({ step }: Optimizer, some = false): Float32Array {
  const x = matrix(ROWS, COLS, begun.data.slice());
  slopes.forEach((slope, t) => {
    const copy = matrix(ROWS, COLS, slope.data.slice());
    step({ x }, { x: some ? rowsOf(slope, touched[t]) : copy });
  });
  return x.data;
}

function rowsOf({ data }: Matrix, rows: readonly number[]) {
  const values = rows.flatMap((row) => Array.from(data.subarray(row * COLS, (row + 1) * COLS)));
  return { numbers: Uint32Array.from(rows), values: matrix(rows.length, COLS, Float32Array.from(values)) };
}

const python = pythonWith('torch');

describe.skipIf(python === undefined)(
  'beside PyTorch (skipped where no python3 has torch and numpy: apt-get install python3-torch python3-numpy)',
  () => {
    it('optimizers, schedules and averages go where its own go', () => {
      const given = {
        begun: Array.from(begun.data),
        slopes: slopes.map(({ data }) => Array.from(data)),
        touched,
        watched,
      };
      const printed = execFileSync(python ?? '', ['-c', THEIRS], {
        input: JSON.stringify(given),
        encoding: 'utf8',
      });
      const theirs: Record<string, number[]> = JSON.parse(printed);

      const steps = Array.from({ length: STEPS }, (_, at) => at + 1);
      const falling = plateau({ rate: 0.5, patience: 1, factor: 0.3, cooldown: 1, least: 0.01 });
      const [fading, mean] = [ema({ decay: 0.7 }), swa()];
      for (const x of slopes) for (const averages of [fading, mean]) averages.update({ x });
      const ours: Record<string, ArrayLike<number>> = {
        sgd: walk(sgd({ rate: 0.1, momentum: 0.9, decay: 0.05 })),
        nesterov: walk(sgd({ rate: 0.1, momentum: 0.8, nesterov: true })),
        adamW: walk(adamW({ rate: 0.05, beta1: 0.8, beta2: 0.99, epsilon: 1e-3, decay: 0.1 })),
        sparseAdam: walk(sparseAdam({ rate: 0.05, beta1: 0.8, beta2: 0.99, epsilon: 1e-3 }), true),
        clipped: walk(clipped(sgd({ rate: 0.1 }), 2.5)),
        linear: steps.map(linearRate({ rate: 0.5, last: 0.1, steps: 8 })),
        cosine: steps.map(cosineRate({ rate: 0.5, last: 0.1, steps: 12 })),
        plateau: watched.map((value, at) => {
          const rate = falling.rate(at + 1);
          falling.observe(value);
          return rate;
        }),
        ema: fading.average.x.data,
        swa: mean.average.x.data,
      };
      expect(Object.keys(theirs)).toEqual(Object.keys(ours));
      for (const [name, numbers] of Object.entries(theirs)) {
        expect(numbers.length, name).toBe(ours[name].length);
        expectClose(ours[name], numbers, 2e-6);
      }
    }, 60_000);
  },
);
