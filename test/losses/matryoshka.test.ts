import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, row, type Matrix } from '../../src/core/matrix.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { matryoshka } from '../../src/losses/matryoshka.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian } from '../matrices.ts';

const names = ['anchors', 'positives', 'negatives'] as const;

function views(rows: number, dim: number, seed: number) {
  return {
    anchors: gaussian(rows, dim, seed, 1),
    positives: gaussian(rows, dim, seed, 2),
    negatives: gaussian(2, dim, seed, 3),
  };
}

/** The first columns, and their lengths made 1 where they are to be. */
function cut(m: Matrix, dim: number, unit: boolean): Matrix {
  const out = matrix(m.rows, dim);
  for (let i = 0; i < m.rows; i++) {
    const first = row(m, i).subarray(0, dim);
    const length = unit ? Math.hypot(...first) : 1;
    row(out, i).set(first.map((x) => x / length));
  }
  return out;
}

describe('matryoshka', () => {
  it('is the weighted sum of the loss of each width', () => {
    const batch = views(4, 5, 1);
    for (const similarity of ['dot', 'cosine'] as const) {
      for (const normalize of [true, false]) {
        const loss = infoNce({ similarity, temperature: 0.5 });
        const of = (dim: number): number =>
          loss({
            anchors: cut(batch.anchors, dim, normalize),
            positives: cut(batch.positives, dim, normalize),
            negatives: cut(batch.negatives, dim, normalize),
          }).value;
        const { value } = matryoshka(loss, [5, 2], { weights: [1, 0.25], normalize })(batch);
        expect(value).toBeCloseTo(of(5) + 0.25 * of(2), 5);
      }
    }
  });

  it('has the gradient of its value, in full width', () => {
    const shapes = fc.tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 3, max: 5 }), fc.nat(1e6));
    for (const normalize of [true, false]) {
      const loss = matryoshka(infoNce({ similarity: 'dot', temperature: 0.7 }), [3, 2], {
        weights: [0.5, 2],
        normalize,
      });
      fc.assert(
        fc.property(shapes, ([rows, dim, seed]) => expectGradient(loss, views(rows, dim, seed), names)),
        { numRuns: 8 },
      );
      expectSignsMatter(loss, views(3, 4, 5), names);
    }
  });

  it('leaves columns past the widest without a gradient, and writes where it is told to', () => {
    const labelled = { embeddings: gaussian(6, 4, 1), labels: Int32Array.of(0, 0, 1, 1, 2, 2) };
    const into = { embeddings: matrix(6, 4, new Float32Array(24).fill(7)) };
    const { gradients } = matryoshka(supCon({ similarity: 'dot' }), [2])(labelled, into);
    expect(gradients.embeddings).toBe(into.embeddings);
    for (let i = 0; i < 6; i++) expectClose(row(into.embeddings, i).subarray(2), [0, 0]);
    expect(into.embeddings.data.some((slope) => slope !== 0)).toBe(true);
  });

  it('cuts references as it cuts the rows', () => {
    const batch = { embeddings: gaussian(4, 4, 1), labels: Int32Array.of(0, 0, 1, 1) };
    const references = { embeddings: gaussian(3, 4, 2), labels: Int32Array.of(0, 1, 1) };
    const loss = supCon({ similarity: 'dot', temperature: 0.5 });
    const { value } = matryoshka(loss, [2])({ ...batch, references });
    const due = loss({
      embeddings: cut(batch.embeddings, 2, true),
      labels: batch.labels,
      references: { ...references, embeddings: cut(references.embeddings, 2, true) },
    });
    expect(value).toBeCloseTo(due.value, 6);
  });

  it('adds up what is learned beside the rows', () => {
    const batch = { ...views(3, 4, 2), logScale: 0.5 };
    const loss = infoNce();
    const both = matryoshka(loss, [4, 2], { weights: [1, 3] })(batch).gradients.logScale ?? NaN;
    const alone = (dim: number) => matryoshka(loss, [dim])(batch).gradients.logScale ?? NaN;
    expect(both).toBeCloseTo(alone(4) + 3 * alone(2), 5);
  });

  it('refuses in one sentence what does not fit', () => {
    const loss = infoNce();
    expect(() => matryoshka(loss, [])).toThrow(new RangeError('matryoshka: dims must be at least 1, got 0'));
    expect(() => matryoshka(loss, [2, 2])).toThrow(
      new RangeError('matryoshka: dims must be distinct, got 2 twice'),
    );
    expect(() => matryoshka(loss, [1.5])).toThrow(/^matryoshka: dims\[0\] must be .*got 1.5$/);
    expect(() => matryoshka(loss, [2], { weights: [1, 2] })).toThrow(/weights.length must be 1, got 2$/);
    expect(() => matryoshka(loss, [9])(views(2, 4, 1))).toThrow(
      new RangeError('matryoshka: dims must be at most the 4 columns of anchors, got 9'),
    );
  });
});
