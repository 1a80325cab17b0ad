import { describe, expect, it } from 'vitest';
import type { Labelled, MarginLabelled, Proxied } from '../../src/core/batches.ts';
import { matrix } from '../../src/core/matrix.ts';
import { chord } from '../../src/distances/chord.ts';
import { manhattan } from '../../src/distances/lp.ts';
import { angular } from '../../src/losses/labelled/angular.ts';
import { crossBatchMemory } from '../../src/losses/labelled/cross-batch-memory.ts';
import { batchAllTriplet } from '../../src/losses/labelled/batch-all-triplet.ts';
import { intraPairVariance } from '../../src/losses/labelled/intra-pair-variance.ts';
import { marginLoss } from '../../src/losses/labelled/margin-loss.ts';
import { nPairs } from '../../src/losses/labelled/n-pairs.ts';
import { nca } from '../../src/losses/labelled/nca.ts';
import { snrContrastive } from '../../src/losses/labelled/snr-contrastive.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { tupletMargin } from '../../src/losses/labelled/tuplet-margin.ts';
import type { LossResult } from '../../src/losses/loss.ts';
import { inSteps, pause, type PromisedLoss } from '../../src/losses/promised.ts';
import { arcFace } from '../../src/losses/proxies/arc-face.ts';
import { cosFace } from '../../src/losses/proxies/cos-face.ts';
import { normalizedSoftmax } from '../../src/losses/proxies/normalized-softmax.ts';
import { proxyAnchor } from '../../src/losses/proxies/proxy-anchor.ts';
import { proxyNca } from '../../src/losses/proxies/proxy-nca.ts';
import { softTriple } from '../../src/losses/proxies/soft-triple.ts';
import { sphereFace } from '../../src/losses/proxies/sphere-face.ts';
import { subCenterArcFace } from '../../src/losses/proxies/sub-center-arc-face.ts';
import { tripletRows } from '../../src/losses/views/triplet-rows.ts';
import { gaussian } from '../matrices.ts';

const labelled = (rows: number): Labelled => ({
  embeddings: gaussian(rows, 8, 1),
  labels: Int32Array.from({ length: rows }, (_, i) => (i * i) % 7),
});
const batch = labelled(150);
const proxied = (centers: number): Proxied => ({ ...batch, proxies: gaussian(7 * centers, 8, 2) });
const margined: MarginLabelled = { ...batch, beta: matrix(7, 1, new Float32Array(7).fill(1.2)) };
const triplets = {
  anchors: Uint32Array.of(1, 5, 9),
  positives: Uint32Array.of(8, 2, 30),
  negatives: Uint32Array.of(3, 4, 11),
};
const views = { anchors: gaussian(20, 8, 1), positives: gaussian(20, 8, 2), negatives: gaussian(20, 8, 3) };

/** A loss and its input, at once and promised. */
interface Asked {
  now(): LossResult<unknown>;
  later(): Promise<LossResult<unknown>>;
}

function of<Input, Gradients>(loss: PromisedLoss<Input, Gradients>, input: Input): Asked {
  return { now: () => loss(input), later: () => loss.later(input) };
}

const asked: Readonly<Record<string, Asked>> = {
  angular: of(angular(), batch),
  'angular, of raw negatives': of(angular({ negatives: 'raw' }), batch),
  intraPairVariance: of(intraPairVariance(), batch),
  marginLoss: of(marginLoss({ nu: 0.1 }), margined),
  nPairs: of(nPairs(), batch),
  snrContrastive: of(snrContrastive(), batch),
  tupletMargin: of(tupletMargin(), batch),
  triplet: of(triplet({ distance: chord }), batch),
  'triplet, swapped': of(triplet({ distance: chord, swap: true }), batch),
  'triplet, by a distance the kernels do not know': of(triplet({ distance: manhattan }), batch),
  'triplet, of mined ones': of(triplet({ margin: 3 }), { ...batch, triplets }),
  'triplet, of mined ones, soft': of(triplet({ distance: chord, softMargin: true }), { ...batch, triplets }),
  'angular, of mined pairs': of(angular(), { ...batch, triplets }),
  'batchAllTriplet, of mined triplets': of(batchAllTriplet({ margin: 3 }), { ...batch, triplets }),
  'intraPairVariance, of mined pairs': of(intraPairVariance(), { ...batch, triplets }),
  'marginLoss, of mined triplets': of(marginLoss({ margin: 3, nu: 0.1 }), { ...margined, triplets }),
  'nca, of mined pairs': of(nca(), { ...batch, triplets }),
  tripletRows: of(tripletRows({ margin: 1 }), views),
  arcFace: of(arcFace(), proxied(1)),
  cosFace: of(cosFace(), proxied(1)),
  normalizedSoftmax: of(normalizedSoftmax(), proxied(1)),
  proxyAnchor: of(proxyAnchor(), proxied(1)),
  proxyNca: of(proxyNca(), proxied(1)),
  softTriple: of(softTriple({ centers: 3 }), proxied(3)),
  sphereFace: of(sphereFace(), proxied(1)),
  subCenterArcFace: of(subCenterArcFace({ centers: 2 }), proxied(2)),
};

/** How often others had their turn until something was kept. */
async function turnsDuring(promised: Promise<unknown>): Promise<number> {
  let [turns, pending] = [0, true];
  const turn = (): void => {
    turns++;
    if (pending) setImmediate(turn);
  };
  setImmediate(turn);
  await promised.finally(() => (pending = false));
  return turns;
}

describe('promised losses', () => {
  it.each(Object.entries(asked))('%s is to the bit what it is at once', async (_, { now, later }) => {
    const found = now();
    expect(found.active).toBeGreaterThan(0);
    expect(await later()).toEqual(found);
  });

  it('keep several promises at once', async () => {
    const all = Object.values(asked);
    expect(await Promise.all(all.map(({ later }) => later()))).toEqual(all.map(({ now }) => now()));
  });

  it('refuse by a promise that is broken', async () => {
    const bad = { ...batch, labels: Int32Array.of(1) };
    for (const loss of [angular(), nPairs(), triplet(), triplet({ swap: true })]) {
      await expect(loss.later(bad)).rejects.toThrow(/labels.length must be 150, got 1/);
    }
    await expect(arcFace().later({ ...proxied(1), labels: bad.labels })).rejects.toThrow(RangeError);
  });

  it('let others have their turn between pieces that no kernel does', async () => {
    // every piece is longer than the patience there is
    const busy = inSteps(function* (pieces: number) {
      for (let piece = 0; piece < pieces; piece++) {
        const start = performance.now();
        while (performance.now() - start < 25);
        yield* pause();
      }
      return { value: pieces, gradients: {}, active: 0 };
    });
    expect(await turnsDuring(busy.later(6))).toBeGreaterThanOrEqual(6);
  });

  it('let others have their turn while triplets are swapped', async () => {
    const loss = triplet({ distance: chord, swap: true });
    expect(await turnsDuring(loss.later(labelled(400)))).toBeGreaterThan(2);
  }, 30_000);
});

describe('crossBatchMemory, promised', () => {
  const step = (key: number): Labelled => ({ ...labelled(20), embeddings: gaussian(20, 8, key) });

  it('takes the same steps', async () => {
    const [now, later] = [0, 1].map(() => crossBatchMemory(triplet(), { size: 30, warmUp: 1 }));
    for (let key = 1; key < 6; key++) expect(await later.later(step(key))).toEqual(now(step(key)));
    expect(later.state()).toEqual(now.state());
  });

  it('has one step at a time, and remembers none that is refused', async () => {
    const memory = crossBatchMemory(triplet(), { size: 30 });
    const first = memory.later(step(1));
    const sentence =
      'crossBatchMemory: the promise of the last step must be kept before the next, got one that is not';
    expect(() => memory(step(2))).toThrow(new RangeError(sentence));
    await expect(memory.later(step(2))).rejects.toThrow(new RangeError(sentence));
    await first;
    await expect(memory.later({ ...step(3), labels: Int32Array.of(1) })).rejects.toThrow(RangeError);
    expect(memory.state().steps).toBe(1);
    await memory.later(step(4));
    expect(memory.state().steps).toBe(2);
  });
});
