import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Guide, Views } from '../../../src/core/batches.ts';
import { idLists } from '../../../src/core/batches.ts';
import { fromRows, matrix, type Matrix, row } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import type { Direction } from '../../../src/losses/views/candidates.ts';
import { infoNce, type InfoNceOptions } from '../../../src/losses/views/info-nce.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';
import {
  directions,
  expectWrittenOut,
  guideOf,
  names,
  randomViews,
  shapes,
  writtenOut,
} from './written-out.ts';

describe('infoNce, joined directions', () => {
  it('are in one sum: by hand', () => {
    const views = {
      anchors: fromRows([
        [1, 0],
        [0, 1],
      ]),
      positives: fromRows([
        [2, 0],
        [1, 3],
      ]),
    };
    const at = (...joined: Direction[]) =>
      infoNce({ scale: 1, similarity: 'dot', joined })(views).terms ?? new Float32Array();
    // a · p is 2 and 1, then 0 and 3; a · a' is 0; p · p' is 2
    expectClose(at('anchorToAnchor'), [
      Math.log(Math.exp(2) + Math.exp(1) + 1) - 2,
      Math.log(Math.exp(3) + 2) - 3,
    ]);
    expectClose(at('positiveToPositive'), [
      Math.log(2 * Math.exp(2) + Math.exp(1)) - 2,
      Math.log(Math.exp(3) + 1 + Math.exp(2)) - 3,
    ]);
    // down the columns 2 and 0, then 1 and 3: the positive itself a second time
    expectClose(at('positiveToAnchor'), [
      Math.log(2 * Math.exp(2) + Math.exp(1) + 1) - 2,
      Math.log(2 * Math.exp(3) + 1 + Math.exp(1)) - 3,
    ]);
  });

  it('are what they are written out, any of them, and have its slopes', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.subarray([...directions], { minLength: 1 }),
        fc.constantFrom('cosine', 'dot'),
        (shape, joined, similarity) => {
          expectWrittenOut(randomViews(shape), {
            scale: similarity === 'dot' ? 0.4 : 1.5,
            similarity,
            joined,
          });
        },
      ),
      { numRuns: 12 },
    );
  });

  it('would be told from their opposites', () => {
    expectSignsMatter(
      infoNce({ scale: 2, joined: directions }),
      randomViews({ rows: 3, dim: 3, seed: 1 }),
      names,
    );
  });

  it('learn a scale as well', () => {
    const views = randomViews({ rows: 4, dim: 3, seed: 2 });
    const loss = ({ logScale }: { logScale: Matrix }) => {
      const { value, gradients } = infoNce({ joined: directions })({ ...views, logScale: logScale.data[0] });
      return { value, gradients: { logScale: fromRows([[gradients.logScale ?? NaN]]) } };
    };
    expectGradient(loss, { logScale: fromRows([[0.7]]) }, ['logScale']);
  });

  it('leave equal ids and labels, and what is known, out of every direction', () => {
    const views = randomViews({ rows: 4, dim: 3, seed: 3 });
    const ids = Uint32Array.of(7, 8, 7, 9);
    const labels = Int32Array.of(0, 1, 2, 1);
    const negativeIds = Uint32Array.of(1, 2, 3, 9, 4, 5, 6, 8);
    // the last anchor also has item 7 for right
    const known = idLists([[], [], [], [7]]);
    const apart = (i: number, j: number): boolean => {
      const alike = ids[i] === ids[j] || labels[i] === labels[j] || (i === 3 && ids[j] === 7);
      return !alike;
    };
    const weigh = (i: number, from: keyof Guide, j: number, faces: 'anchors' | 'positives'): number => {
      if (from === 'negatives') return negativeIds[j] === ids[i] ? 0 : 1;
      if (from === 'anchors' && faces === 'positives' && j === i) return 1;
      return apart(i, j) ? 1 : 0;
    };
    const options = { scale: 1.5, joined: directions };
    const { terms = [] } = infoNce(options)({ ...views, ids, labels, negativeIds, known });
    expectClose(terms, writtenOut(views, options, views, { weigh }).terms);
  });

  it('write into what they are handed, and give negatives a gradient only where there are some', () => {
    const views = randomViews({ rows: 3, dim: 3, seed: 4 });
    const into = { anchors: noise(3, 3), positives: noise(3, 3), negatives: noise(6, 3) };
    const loss = infoNce({ joined: directions });
    expect(loss(views, into).gradients.negatives).toBe(into.negatives);
    expect(loss(views, into)).toEqual(loss(views));
    const { anchors, positives } = views;
    expect(
      Object.keys(infoNce({ joined: ['positiveToPositive'] })({ anchors, positives }).gradients),
    ).toEqual(['anchors', 'positives']);
  });

  it('are 0 with no gradient where there is nothing to tell apart', () => {
    const loss = infoNce({ joined: ['anchorToAnchor', 'positiveToPositive'] });
    const alone = loss({ anchors: gaussian(1, 3, 1), positives: gaussian(1, 3, 2) });
    expect([alone.value, alone.active]).toEqual([0, 0]);
    expectClose(alone.gradients.anchors.data, [0, 0, 0], 0);
    const none = loss({ anchors: matrix(0, 3), positives: matrix(0, 3) });
    expect([none.value, none.active]).toEqual([0, 0]);
  });

  it('are refused with a sum for each of two directions, with own negatives, and twice', () => {
    const joined = ['anchorToAnchor'] as const;
    expect(() => infoNce({ joined, symmetric: true })).toThrow(
      new RangeError('infoNce: symmetric must be false where directions are joined, got true'),
    );
    expect(() => infoNce({ joined, negatives: 'own' })).toThrow(
      new RangeError('infoNce: negatives, where directions are joined, must be shared, got own'),
    );
    expect(() => infoNce({ joined: [...joined, ...joined] })).toThrow(
      new RangeError('infoNce: different directions in joined must be 2, got 1'),
    );
  });
});

describe('infoNce, hardness', () => {
  it('adds strength times the similarity to logits, after the temperature: by hand', () => {
    const views = {
      anchors: fromRows([[1, 0]]),
      positives: fromRows([[1, 0]]),
      negatives: fromRows([[0.6, 0.8]]),
    };
    // logits 2 · 1 of the positive, 2 · 0.6 + 5 · 0.6 of the negative, whose slope is 2 p alone
    const { value, gradients } = infoNce({
      scale: 2,
      similarity: 'dot',
      hardness: { strength: 5, of: 'own' },
    })(views);
    expect(value).toBeCloseTo(Math.log(1 + Math.exp(2.2)), 6);
    const p = 1 / (1 + Math.exp(-2.2));
    expectClose(gradients.anchors.data, [2 * p * (0.6 - 1), 2 * p * 0.8], 1e-6);
  });

  it('is what it is written out, of any negatives, and has its slopes while the hardness stands still', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom('own', 'inBatch', 'all'),
        fc.constantFrom('shared', 'own'),
        fc.constantFrom('cosine', 'dot'),
        fc.boolean(),
        (shape, of, negatives, similarity, joining) => {
          expectWrittenOut(randomViews(shape), {
            scale: similarity === 'dot' ? 0.3 : 1.5,
            similarity,
            negatives,
            hardness: { strength: similarity === 'dot' ? 0.2 : 2, of },
            joined: joining && negatives === 'shared' ? directions : [],
          });
        },
      ),
      { numRuns: 12 },
    );
  });

  it('has no slope along the scale either', () => {
    const views = randomViews({ rows: 4, dim: 3, seed: 5 });
    for (const of of ['own', 'inBatch', 'all'] as const) {
      for (const negatives of ['own', 'shared'] as const) {
        const options = { negatives, hardness: { strength: 3, of } };
        const loss = ({ logScale }: { logScale: Matrix }) => ({
          value: writtenOut(views, { ...options, scale: Math.exp(logScale.data[0]) }, views).value,
          gradients: {
            logScale: fromRows([
              [infoNce(options)({ ...views, logScale: logScale.data[0] }).gradients.logScale ?? NaN],
            ]),
          },
        });
        expectGradient(loss, { logScale: fromRows([[0.7]]) }, ['logScale']);
      }
    }
  });

  it('is refused below 0', () => {
    expect(() => infoNce({ hardness: { strength: -1, of: 'all' } })).toThrow(
      new RangeError('infoNce: hardness.strength must be a finite number >= 0, got -1'),
    );
  });
});

describe('infoNce, false negatives by a guide', () => {
  // by the guide the first anchor is nearer to the second positive (0.96) than to its own (0.8), and to its negative as near
  const views: Views = {
    anchors: gaussian(2, 3, 1),
    positives: gaussian(2, 3, 2),
    negatives: gaussian(2, 3, 3),
    guide: {
      anchors: fromRows([
        [1, 0],
        [0, 1],
      ]),
      positives: fromRows([
        [0.8, 0.6],
        [0.96, 0.28],
      ]),
      negatives: fromRows([
        [0.8, -0.6],
        [-1, 0],
      ]),
    },
  };
  const termsWith = (options: InfoNceOptions) => infoNce({ scale: 2, ...options })(views).terms ?? [];
  const without = (left: (i: number, from: keyof Guide, j: number) => boolean, weight = 0) =>
    writtenOut(views, { scale: 2 }, views, { weigh: (i, from, j) => (left(i, from, j) ? weight : 1) }).terms;

  it('are out of the sum: by hand', () => {
    // the second anchor's own scores 0.28, and the first positive 0.6
    const above = (i: number, from: keyof Guide, j: number) => from === 'positives' && j !== i;
    expectClose(termsWith({ falseNegatives: {} }), without(above));
    expectClose(
      termsWith({}),
      without(() => false),
    );
  });

  it('reach as far below the positive as the margin says', () => {
    const above = (i: number, from: keyof Guide, j: number) =>
      (from === 'positives' && j !== i) || (from === 'negatives' && i === 0 && j === 0);
    // 0.8 > 0.8 - 0.1; of the second anchor -0.6 and 0 are below 0.28 less either margin
    expectClose(termsWith({ falseNegatives: { margin: 0.1 } }), without(above));
    expectClose(termsWith({ falseNegatives: { margin: 0.1, strategy: 'relative' } }), without(above));
    // 0 > 0.28 - 0.3, and not above 0.28 · 0.7
    const farther = (i: number, from: keyof Guide, j: number) =>
      above(i, from, j) || (from === 'negatives' && j === 1 && i === 1);
    expectClose(termsWith({ falseNegatives: { margin: 0.3 } }), without(farther));
    expectClose(termsWith({ falseNegatives: { margin: 0.3, strategy: 'relative' } }), without(above));
  });

  it('may count for less instead', () => {
    const above = (i: number, from: keyof Guide, j: number) => from === 'positives' && j !== i;
    expectClose(termsWith({ falseNegatives: { weight: 0.25 } }), without(above, 0.25));
  });

  it('are found in every direction, for more anchors than are taken at a time, and have the slopes of what is written out', () => {
    const check = (
      shape: { rows: number; dim: number; seed: number },
      options: InfoNceOptions,
      slopes: boolean,
    ) => {
      const guide = guideOf(shape);
      const { score } = cosine;
      const { weight = 0, margin = 0 } = options.falseNegatives ?? {};
      const weigh = (i: number, from: keyof Guide, j: number, faces: 'anchors' | 'positives') => {
        if (i === j && from !== 'negatives') return 1;
        const own = score(row(guide.anchors, i), row(guide.positives, i));
        const other = score(row(guide[faces], i), row(guide[from] ?? matrix(0, 3), j));
        return other > own - margin ? weight : 1;
      };
      const random = { ...randomViews(shape), guide };
      if (slopes) expectWrittenOut(random, options, { weigh });
      else
        expectClose(
          infoNce(options)(random).terms ?? [],
          writtenOut(random, options, random, { weigh }).terms,
          1e-5,
        );
    };
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom(0, 0.3),
        fc.constantFrom('shared', 'own'),
        fc.boolean(),
        (shape, weight, negatives, joining) => {
          const joined = joining && negatives === 'shared' ? directions : [];
          // one that stays in the sum whatever the guide says, lest there be no slope
          const options = { scale: 1.5, negatives, joined, falseNegatives: { weight, margin: 0.05 } };
          check(shape, options, weight > 0);
        },
      ),
      { numRuns: 12 },
    );
    check(
      { rows: 150, dim: 3, seed: 9 },
      { scale: 1.5, joined: directions, falseNegatives: { weight: 0.3 } },
      false,
    );
  });

  it('are left out once where they are masked, hard and false', () => {
    const masked = { ...views, ids: Uint32Array.of(5, 5) };
    const options = {
      scale: 2,
      hardness: { strength: 1, of: 'own' },
      falseNegatives: { weight: 0.5 },
    } as const;
    const { terms = [] } = infoNce(options)(masked);
    expectClose(terms, infoNce({ scale: 2, hardness: options.hardness })(masked).terms ?? []);
  });

  it('need no word of negatives', () => {
    const { guide: { anchors, positives } = guideOf({ rows: 2, seed: 1 }) } = views;
    const above = (i: number, from: keyof Guide, j: number) => from === 'positives' && j !== i;
    const { terms = [] } = infoNce({ scale: 2, falseNegatives: { margin: 0.1 } })({
      ...views,
      guide: { anchors, positives },
    });
    expectClose(terms, without(above));
  });

  it('are refused without a guide, by one of another shape, and with a weight outside [0, 1)', () => {
    const loss = infoNce({ falseNegatives: {} });
    const { guide = guideOf({ rows: 2, seed: 1 }), ...bare } = views;
    expect(() => loss(bare)).toThrow(
      new RangeError('infoNce: views must have a guide where falseNegatives is given, got none'),
    );
    expect(() => loss({ ...bare, guide: { ...guide, positives: matrix(3, 2) } })).toThrow(
      new RangeError('infoNce: guide.positives.rows must be 2, got 3'),
    );
    expect(() => loss({ ...bare, guide: { ...guide, negatives: matrix(2, 5) } })).toThrow(
      new RangeError('infoNce: guide.negatives.cols must be 2, got 5'),
    );
    expect(() => infoNce({ falseNegatives: { weight: 1 } })).toThrow(
      new RangeError('infoNce: falseNegatives.weight must be a number in [0, 1), got 1'),
    );
  });
});
