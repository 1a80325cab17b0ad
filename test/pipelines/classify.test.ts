import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { classify, type ClassifyOptions } from '../../pipelines/classify.ts';
import { fromRows, gather, type Matrix, row } from '../../src/core/matrix.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { normalizedSoftmax } from '../../src/losses/proxies/normalized-softmax.ts';
import { mean } from '../../src/metrics/mean.ts';
import { retrievalByLabel } from '../../src/metrics/retrieval-by-label.ts';
import { linear } from '../../src/models/linear.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import { labelledRows, type LabelledRowsOptions } from '../../src/streams/labelled-rows.ts';
import { pull } from '../../src/streams/pull.ts';
import { scoreProxies, scoreRows } from '../../src/streams/score-rows.ts';
import { gaussian } from '../matrices.ts';

const labels = Int32Array.from({ length: 240 }, (_, i) => i % 8);

/** Rows whose classes differ in four of sixteen directions, which the others drown. */
function drowned() {
  const [noise, centers] = [gaussian(240, 16, 1), gaussian(8, 4, 2)];
  return fromRows(
    Array.from(labels, (label, i) =>
      Array.from(row(noise, i), (value, k) => (k < 4 ? 0.2 * value + row(centers, label)[k] : 2 * value)),
    ),
  );
}

const vectors = drowned();
const featuresOf = (rows: Uint32Array) => gather(vectors, rows);
const batches = { labels, featuresOf, rows: 32, m: 4, seed: 3 };

/** Batches of some steps, gone through. */
function classified(
  options: typeof batches & Pick<LabelledRowsOptions, 'from' | 'steps'> & ClassifyOptions<Matrix>,
) {
  return pull(labelledRows(options, options), classify(options));
}

describe('classify', () => {
  it('learns to bring rows of a class together, with proxies as without', async () => {
    const precision = async (rows: typeof vectors) =>
      mean((await retrievalByLabel(rows, labels)).precisionAt1);
    const before = await precision(vectors);
    expect(before).toBeLessThan(0.4);
    const proxies = gaussian(8, 8, 4);
    for (const [score, learned] of [
      [scoreRows(supCon()), {}],
      [scoreProxies(normalizedSoftmax(), proxies), { 'loss.proxies': proxies }],
    ] as const) {
      const encoder = linear({ from: 16, to: 8, start: 'identity' });
      const optimizer = adamW({ rate: 0.02 });
      const scored = await lastValueFrom(
        classified({ ...batches, encoder, score, learned, optimizer, steps: 100 }).pipe(toArray()),
      );
      expect(scored.map(({ step }) => step)).toEqual(Array.from({ length: 100 }, (_, step) => step));
      expect(await precision(encoder.forward(vectors).output)).toBeGreaterThan(0.8);
    }
    expect(proxies).not.toEqual(gaussian(8, 8, 4));
  });

  it('comes to the same weights in one run and in two', async () => {
    const run = async (...ends: readonly number[]) => {
      const encoder = linear({ from: 16, to: 4, seed: 1 });
      const optimizer = adamW({ rate: 0.01 });
      let from = 0;
      for (const steps of ends) {
        await lastValueFrom(
          classified({ ...batches, encoder, score: scoreRows(supCon()), optimizer, from, steps }),
        );
        from = steps;
      }
      return encoder.parameters.weights;
    };
    expect(await run(7, 20)).toEqual(await run(20));
  });
});
