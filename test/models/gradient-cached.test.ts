import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bagChunks, type Bags } from '../../src/core/bags.ts';
import { matrix, type Matrix, rowChunks, rowsBetween } from '../../src/core/matrix.ts';
import { accumulate, type Parameters } from '../../src/core/parameters.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { cachedBackward, gradientCached } from '../../src/models/gradient-cached.ts';
import { linear } from '../../src/models/linear.ts';
import { mlp } from '../../src/models/mlp.ts';
import type { Encoder } from '../../src/models/model.ts';
import { projected } from '../../src/models/stacked.ts';
import { embeddingBag } from '../../src/models/text/embedding-bag.ts';
import { difference } from '../kernels/difference.ts';
import { gaussian } from '../matrices.ts';
import { wholeOnes } from './weighted.ts';

/** The gradients of a loss of each half of a batch against the other. */
function gradientsOf<Input>(encoder: Encoder<Input>, input: Input): Parameters {
  const { output, backward } = encoder.forward(input);
  const half = output.rows / 2;
  const upstream = matrix(output.rows, output.cols);
  infoNce({ temperature: 0.1 })(
    { anchors: rowsBetween(output, 0, half), positives: rowsBetween(output, half, 2 * half) },
    { anchors: rowsBetween(upstream, 0, half), positives: rowsBetween(upstream, half, 2 * half) },
  );
  return wholeOnes(backward(upstream), encoder.parameters);
}

function expectSame(cached: Parameters, undivided: Parameters): void {
  expect(Object.keys(cached).sort()).toEqual(Object.keys(undivided).sort());
  for (const [name, { data }] of Object.entries(undivided)) {
    expect(Math.max(...data.map(Math.abs)), name).toBeGreaterThan(1e-4);
    expect(difference(cached[name].data, data, 0), name).toBeLessThan(1e-5);
  }
}

const bags: Bags = {
  offsets: Uint32Array.from({ length: 25 }, (_, i) => 3 * i),
  ids: Uint32Array.from({ length: 72 }, (_, e) => (e * e * 7 + e) % 20),
  weights: gaussian(1, 72, 5).data.map(Math.abs),
};

describe('gradientCached', () => {
  it('has the gradients of the undivided batch, whatever the chunks', () => {
    const model = mlp({ from: 6, to: 4, hidden: 9, seed: 1 });
    const input = gaussian(24, 6, 1);
    const undivided = gradientsOf(model, input);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), (most) =>
        expectSame(
          gradientsOf(
            gradientCached(model, (rows) => rowChunks(rows, most)),
            input,
          ),
          undivided,
        ),
      ),
    );
  });

  it('has them of texts too, whose tables chunks touch in different rows', () => {
    const encoder = projected(embeddingBag({ rows: 20, dim: 6 }), linear({ from: 6, to: 5 }));
    const undivided = gradientsOf(encoder, bags);
    for (const most of [1, 5, 24]) {
      const cached = gradientCached(encoder, (all: Bags) => bagChunks(all, most));
      expect(cached.forward(bags).output).toEqual(encoder.forward(bags).output);
      expectSame(gradientsOf(cached, bags), undivided);
    }
  });

  it('holds on to no chunk but the one it is at', () => {
    const model = linear({ from: 3, to: 2 });
    const events: string[] = [];
    const watched: Encoder<Matrix> = {
      parameters: model.parameters,
      forward(rows) {
        events.push(`forward ${rows.rows}`);
        const { output, backward } = model.forward(rows);
        return {
          output,
          backward(upstream) {
            events.push(`backward ${upstream.rows}`);
            return backward(upstream);
          },
        };
      },
    };
    const { backward } = gradientCached(watched, (rows) => rowChunks(rows, 3)).forward(gaussian(5, 3, 1));
    backward(gaussian(5, 2, 2));
    // the first two are never asked back
    expect(events).toEqual(['forward 3', 'forward 2', 'forward 3', 'backward 3', 'forward 2', 'backward 2']);
  });

  it('takes no rows', () => {
    const { output, backward } = gradientCached(linear({ from: 3, to: 2 }), (rows) =>
      rowChunks(rows, 4),
    ).forward(matrix(0, 3));
    expect(output).toEqual(matrix(0, 2));
    expect(backward(output)).toEqual({ weights: matrix(3, 2) });
  });

  it('refuses a gradient of other rows', () => {
    const { backward } = gradientCached(linear({ from: 3, to: 2 }), (rows) => rowChunks(rows, 4)).forward(
      gaussian(5, 3, 1),
    );
    expect(() => backward(matrix(4, 2))).toThrow(
      new RangeError('gradientCached: upstream.rows must be 5, got 4'),
    );
  });
});

describe('cachedBackward', () => {
  const labels = Int32Array.of(0, 1, 0, 2, 1, 2, 0);
  const loss = (embeddings: Matrix) => {
    const { value, gradients } = supCon()({ embeddings, labels });
    return { value, gradient: gradients.embeddings };
  };

  it('leaves an encoder of elsewhere with the gradients of the undivided batch', async () => {
    const model = mlp({ from: 4, to: 3, seed: 3 });
    const input = gaussian(7, 4, 1);
    const own: Parameters[] = [];
    const value = await cachedBackward(
      {
        embed: async (rows: Matrix) => model.forward(rows).output,
        backward: (rows, upstream) => void own.push(model.forward(rows).backward(upstream)),
      },
      rowChunks(input, 3),
      loss,
    );
    const { output, backward } = model.forward(input);
    const undivided = loss(output);
    expect(value).toBeCloseTo(undivided.value, 6);
    expect(own).toHaveLength(3);
    expectSame(own.reduce(accumulate), backward(undivided.gradient));
  });

  it('refuses no chunks', async () => {
    const encoder = { embed: (rows: Matrix) => rows, backward: () => {} };
    await expect(cachedBackward(encoder, [], loss)).rejects.toThrow(
      'cachedBackward: there must be chunks, got none',
    );
  });
});
