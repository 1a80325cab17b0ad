import { describe, expect, it } from 'vitest';
import { fromRows, row, type Matrix } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import type { Distance } from '../../src/distances/distance.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { mean } from '../../src/metrics/mean.ts';
import { retrievalByLabel } from '../../src/metrics/retrieval-by-label.ts';
import { expectClose, gaussian } from '../matrices.ts';

/** The same of one query, from its neighbors' labels in order. */
function slowly(own: number, nearest: readonly number[], relevant: number, k: number) {
  const hits = nearest.slice(0, k).map((label) => label === own);
  const precisionAt = (rank: number) => hits.slice(0, rank).filter(Boolean).length / rank;
  const sum = (to: number) =>
    hits.slice(0, to).reduce((total, hit, r) => total + (hit ? precisionAt(r + 1) : 0), 0);
  const first = hits.indexOf(true);
  return {
    precisionAt1: Number(hits[0]),
    rPrecision: hits.slice(0, relevant).filter(Boolean).length / Math.min(k, relevant),
    mapAtR: sum(relevant) / relevant,
    averagePrecision: sum(k) / relevant,
    reciprocalRank: first < 0 ? 0 : 1 / (first + 1),
  };
}

function byDistance(distance: Distance, rows: Matrix, labels: Int32Array, q: number): number[] {
  return Array.from(labels, (label, i) => ({ label, i, far: distance.between(row(rows, q), row(rows, i)) }))
    .filter(({ i }) => i !== q)
    .sort((a, b) => a.far - b.far)
    .map(({ label }) => label);
}

describe('retrievalByLabel', () => {
  it('is by hand', async () => {
    // from 0 the order is 1, 3, 4, 8 (labels 1, 0, 1, 0), of which two are relevant
    const rows = fromRows([[0], [1], [3], [4], [8]]);
    const labels = [0, 1, 0, 1, 0];
    const found = await retrievalByLabel(rows, labels, { distance: euclidean, k: Infinity });
    expect(found.relevant[0]).toBe(2);
    expect(found.precisionAt1[0]).toBe(0);
    expect(found.rPrecision[0]).toBe(0.5);
    expect(found.mapAtR[0]).toBe(0.25);
    expect(found.averagePrecision[0]).toBe((1 / 2 + 2 / 4) / 2);
    expect(found.reciprocalRank[0]).toBe(0.5);
  });

  it.each([cosine, euclidean, dot])('is what sorting all rows gives, by $name', async (distance) => {
    const rows = gaussian(120, 4, 1);
    const labels = Int32Array.from({ length: 120 }, (_, i) => (i * i) % 11);
    for (const k of [Infinity, 3]) {
      const found = await retrievalByLabel(rows, labels, { distance, k });
      labels.forEach((label, q) => {
        const relevant = labels.filter((other) => other === label).length - 1;
        expect(found.relevant[q]).toBe(relevant);
        if (relevant === 0) return expect(found.mapAtR[q]).toBeNaN();
        const due = slowly(label, byDistance(distance, rows, labels, q), relevant, Math.min(k, 119));
        for (const [name, value] of Object.entries(due))
          expect(Object.entries(found).find(([each]) => each === name)?.[1][q], name).toBeCloseTo(value, 12);
      });
    }
  });

  it('looks as far as R reaches where nothing is said', async () => {
    const rows = gaussian(90, 3, 2);
    const labels = Int32Array.from({ length: 90 }, (_, i) => (i % 13) % 5);
    const [short, whole] = [
      await retrievalByLabel(rows, labels),
      await retrievalByLabel(rows, labels, { k: Infinity }),
    ];
    for (const name of ['precisionAt1', 'rPrecision', 'mapAtR'] as const)
      expect(short[name]).toEqual(whole[name]);
    expect(mean(short.averagePrecision)).toBeLessThan(mean(whole.averagePrecision));
  });

  it('is the same for many queries as for each alone', async () => {
    // more neighbors than are held at once
    const rows = gaussian(1600, 3, 3);
    const labels = Int32Array.from({ length: 1600 }, (_, i) => i % 9);
    const found = await retrievalByLabel(rows, labels, { k: Infinity });
    for (const q of [0, 1310, 1311, 1599]) {
      const relevant = labels.filter((label) => label === labels[q]).length - 1;
      const due = slowly(labels[q], byDistance(cosine, rows, labels, q), relevant, 1599);
      // two of so many rows may be as far in float32
      expectClose([found.averagePrecision[q], found.mapAtR[q]], [due.averagePrecision, due.mapAtR], 1e-5);
    }
  });

  it('of references leaves none out, and is not defined where none has the label', async () => {
    const references = { embeddings: fromRows([[1, 0], [0, 1]]), labels: [7, 8] }; // prettier-ignore
    const queries = fromRows([[1, 0], [1, 0], [1, 0]]); // prettier-ignore
    const found = await retrievalByLabel(queries, [7, 8, 9], { references, k: 2 });
    expect([...found.relevant]).toEqual([1, 1, 0]);
    expect([...found.precisionAt1]).toEqual([1, 0, NaN]);
    expect([...found.reciprocalRank]).toEqual([1, 0.5, NaN]);
    expect(mean(found.averagePrecision)).toBe(0.75);
  });

  it('is not defined for a row alone or for labels that are all different', async () => {
    expect([...(await retrievalByLabel(gaussian(1, 2, 4), [0])).precisionAt1]).toEqual([NaN]);
    expect([...(await retrievalByLabel(gaussian(2, 2, 4), [0, 1])).mapAtR]).toEqual([NaN, NaN]);
    expect((await retrievalByLabel(gaussian(0, 2, 4), [])).mapAtR).toHaveLength(0);
  });

  it('refuses shapes that do not fit and a k that is none', async () => {
    const rows = gaussian(3, 2, 5);
    await expect(retrievalByLabel(rows, [0, 1])).rejects.toThrow(
      new RangeError('retrievalByLabel: labels.length must be 3, got 2'),
    );
    await expect(retrievalByLabel(rows, [0, 1, 1], { k: 0 })).rejects.toThrow(
      new RangeError('retrievalByLabel: k must be a whole number >= 1, got 0'),
    );
    const references = { embeddings: gaussian(2, 3, 6), labels: [0, 1] };
    await expect(retrievalByLabel(rows, [0, 1, 1], { references })).rejects.toThrow(
      new RangeError('retrievalByLabel: references.embeddings.cols must be 2, got 3'),
    );
  });
});
