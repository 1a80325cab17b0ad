import { lastValueFrom, of, type OperatorFunction, pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fromRows, gather, type Matrix } from '../../src/core/matrix.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { sigLip } from '../../src/losses/views/sig-lip.ts';
import { nearMisses } from '../../src/miners/near-misses.ts';
import { linear } from '../../src/models/linear.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import { clamped } from '../../src/optimizers/clamped.ts';
import { sgd } from '../../src/optimizers/sgd.ts';
import type { EmbeddedBatch, PairBatch, ScoredBatch } from '../../src/streams/batches.ts';
import { classify } from '../../src/streams/classify.ts';
import { descend } from '../../src/streams/descend.ts';
import { embedNegatives } from '../../src/streams/embed-negatives.ts';
import { embed } from '../../src/streams/embed.ts';
import { mine } from '../../src/streams/mine.ts';
import { score } from '../../src/streams/score.ts';
import { whole } from '../gradient.ts';
import { gaussian } from '../matrices.ts';

const dim = 4;
const corpus = gaussian(12, dim, 1);

function pairBatch(): PairBatch {
  return {
    step: 0,
    features: {
      anchors: gaussian(3, dim, 2),
      positives: gather(corpus, [0, 1, 2]),
      ids: Uint32Array.of(0, 1, 2),
    },
    queryIds: Uint32Array.of(0, 1, 2),
    classes: Int32Array.of(1, 0, 1),
  };
}

/** What the stages say of a batch: the value and the gradients that `descend` is handed. */
async function scoredBy(turn: OperatorFunction<PairBatch, ScoredBatch>) {
  const { value, backward, gradients, learned } = await lastValueFrom(of(pairBatch()).pipe(turn));
  return { value, gradients: { ...backward(gradients), ...learned } };
}

/** The slope of the scored value as one weight moves, by differences. */
async function slope(
  weights: Matrix,
  e: number,
  turn: OperatorFunction<PairBatch, ScoredBatch>,
): Promise<number> {
  const held = weights.data[e];
  const at = async (moved: number): Promise<[number, number]> => {
    weights.data[e] = moved;
    return [weights.data[e], (await scoredBy(turn)).value];
  };
  const [right, above] = await at(held + 1 / 128);
  const [left, below] = await at(held - 1 / 128);
  weights.data[e] = held;
  return (above - below) / (right - left);
}

describe('the stages of learning', () => {
  it('hand the optimizer the slope of the whole loss: through the model from anchors, positives and negatives, and through a head', async () => {
    const model = linear({ from: dim, to: 3, seed: 5 });
    const head = linear({ from: 3, to: 2, seed: 6 });
    const index = exact({ dim: 3 });
    await index.add(
      model.forward(corpus).output,
      Uint32Array.from({ length: 12 }, (_, i) => i),
    );
    // what was mined is held still: which rows are nearest is not a smooth function of the weights
    const miner = nearMisses(index, { negatives: 2, relativeMargin: 'none' });
    const mined = await miner((await lastValueFrom(of(pairBatch()).pipe(embed(model)))).views);
    const turn = pipe(
      embed(model),
      mine((views) => ({ ...mined, anchors: views.anchors, positives: views.positives })),
      embedNegatives(model, (ids) => gather(corpus, ids)),
      score<EmbeddedBatch>(infoNce({ temperature: 0.5 })),
      classify<ScoredBatch>(head, crossEntropy(), { weight: 0.3 }),
    );
    const { gradients } = await scoredBy(turn);
    for (let e = 0; e < dim * 3; e++) {
      expect(whole(gradients.weights).data[e]).toBeCloseTo(await slope(model.parameters.weights, e, turn), 3);
    }
    for (let e = 0; e < 3 * 2; e++) {
      expect(whole(gradients['head.weights']).data[e]).toBeCloseTo(
        await slope(head.parameters.weights, e, turn),
        3,
      );
    }
  });

  it('hand the optimizer the slopes of what the loss itself learns', async () => {
    const model = linear({ from: dim, to: 3, seed: 5 });
    const learned = { logScale: fromRows([[Math.log(5)]]), bias: fromRows([[-2]]) };
    const turn = pipe(embed(model), score<EmbeddedBatch>(sigLip(), learned));
    const { gradients } = await scoredBy(turn);
    expect(whole(gradients['loss.logScale']).data[0]).toBeCloseTo(await slope(learned.logScale, 0, turn), 3);
    expect(whole(gradients['loss.bias']).data[0]).toBeCloseTo(await slope(learned.bias, 0, turn), 3);
  });

  it('warm a temperature up that starts too cold for its batch, down to its bound', async () => {
    const model = linear({ from: dim, to: 3, seed: 5 });
    const logScale = fromRows([[Math.log(100)]]);
    const optimizer = clamped(adamW({ rate: 0.1, decay: 0 }), {
      'loss.logScale': [Math.log(50), Math.log(100)],
    });
    const turn = pipe(
      embed(model),
      score<EmbeddedBatch>(infoNce(), { logScale }),
      descend<ScoredBatch>({ 'loss.logScale': logScale }, optimizer),
    );
    await lastValueFrom(of(pairBatch()).pipe(turn));
    expect(logScale.data[0]).toBeCloseTo(Math.log(100) - 0.1, 5);
    await lastValueFrom(of(...Array.from({ length: 20 }, pairBatch)).pipe(turn));
    expect(logScale.data[0]).toBeCloseTo(Math.log(50), 6);
  });

  it('do not move what they only score', async () => {
    const model = linear({ from: dim, to: 3, seed: 5 });
    const before = model.parameters.weights.data.slice();
    await scoredBy(pipe(embed(model), score<EmbeddedBatch>(infoNce())));
    expect(model.parameters.weights.data).toEqual(before);
  });

  it('move the parameters against the gradients, once a batch', async () => {
    const weights = fromRows([[1]]);
    const optimizer = sgd({ rate: 1 });
    const scored = { ...(await lastValueFrom(of(pairBatch()).pipe(embed(linear({ from: dim, to: 3 }))))) };
    const batch: ScoredBatch = {
      ...scored,
      value: 1,
      active: 1,
      gradients: scored.views,
      learned: {},
      backward: () => ({ weights: fromRows([[0.25]]) }),
    };
    await lastValueFrom(of(batch, batch).pipe(descend({ weights }, optimizer)));
    expect(weights.data[0]).toBe(0.5);
  });

  it('refuse classes that did not come', async () => {
    const { classes: _, ...batch } = pairBatch();
    const model = linear({ from: dim, to: 3 });
    const turn = pipe(
      embed(model),
      score<EmbeddedBatch>(infoNce()),
      classify(linear({ from: 3, to: 2 }), crossEntropy()),
    );
    await expect(lastValueFrom(of(batch).pipe(turn))).rejects.toThrow(
      'classify: a batch must have classes, got none',
    );
  });
});
