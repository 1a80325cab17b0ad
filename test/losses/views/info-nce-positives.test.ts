import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists, type Guide, type Views } from '../../../src/core/batches.ts';
import { fromRows, matrix, row, stack, type Matrix } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import { infoNce, type InfoNceOptions } from '../../../src/losses/views/info-nce.ts';
import { supConViews } from '../../../src/losses/views/sup-con-views.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';
import {
  directions,
  expectWrittenOut,
  guideOf,
  names,
  randomViews,
  type Roles,
  shapes,
  writtenOut,
} from './written-out.ts';

const asPositives = { countAs: 'positives' } as const;

/** A guide that finds rows alike where they have a label in common, and only there. */
function guideByLabel(labels: Int32Array): Guide {
  const kinds = Math.max(0, ...labels) + 1;
  const oneHot = fromRows(
    Array.from(labels, (label) => Array.from({ length: kinds }, (_, k) => Number(k === label))),
  );
  return { anchors: oneHot, positives: oneHot };
}

/** Of 40 items in 9 labels, one of which a single item has. */
const labels = Int32Array.from({ length: 40 }, (_, i) => (i === 17 ? 9 : (i * i) % 9));
const pairs = { anchors: gaussian(40, 6, 1), positives: gaussian(40, 6, 2) };

describe('infoNce, false negatives as positives', () => {
  it('are in the mean and in the sum: by hand', () => {
    const views: Views = {
      anchors: fromRows([
        [1, 0],
        [0, 1],
      ]),
      positives: fromRows([
        [2, 0],
        [1, 3],
      ]),
      negatives: fromRows([[4, -1]]),
      // by the guide the second positive is nearer to the first anchor (0.96) than its own (0.8); the second anchor's own is at 1
      guide: {
        anchors: fromRows([
          [1, 0],
          [0.96, 0.28],
        ]),
        positives: fromRows([
          [0.8, 0.6],
          [0.96, 0.28],
        ]),
      },
    };
    // inner products 2, 1 and 4 of the first anchor, 0, 3 and -1 of the second
    const terms = [
      Math.log(Math.exp(2) + Math.exp(1) + Math.exp(4)) - (2 + 1) / 2,
      Math.log(Math.exp(0) + Math.exp(3) + Math.exp(-1)) - 3,
    ];
    const loss = infoNce({ scale: 1, similarity: 'dot', falseNegatives: asPositives });
    expectClose(loss(views).terms ?? [], terms, 1e-6);
    expect(loss(views).value).toBeCloseTo((terms[0] + terms[1]) / 2, 6);
    // the other way each positive stands against the anchors: the second has both for its own
    const { negatives, ...two } = views;
    expect(negatives?.rows).toBe(1);
    const back = [Math.log(Math.exp(2) + Math.exp(0)) - 2, Math.log(Math.exp(1) + Math.exp(3)) - (3 + 1) / 2];
    const there = [
      Math.log(Math.exp(2) + Math.exp(1)) - (2 + 1) / 2,
      Math.log(Math.exp(0) + Math.exp(3)) - 3,
    ];
    const both = infoNce({ scale: 1, similarity: 'dot', symmetric: true, falseNegatives: asPositives })(two);
    expectClose(both.terms ?? [], [(there[0] + back[0]) / 2, (there[1] + back[1]) / 2], 1e-6);
  });

  it('are found in every direction, and have the slopes of what is written out', () => {
    const right = (guide: Guide, margin: number): NonNullable<Roles['right']> => {
      const { score } = cosine;
      return (i, from, j, faces) => {
        if (i === j && from !== 'negatives') return false;
        const other = score(row(guide[faces], i), row(guide[from] ?? matrix(0, 3), j));
        return other > score(row(guide.anchors, i), row(guide.positives, i)) - margin;
      };
    };
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom('shared', 'own'),
        fc.constantFrom(undefined, 'own', 'inBatch', 'all'),
        fc.constantFrom('cosine', 'dot'),
        fc.boolean(),
        (shape, negatives, of, similarity, joining) => {
          const guide = guideOf(shape);
          const options: InfoNceOptions = {
            scale: similarity === 'dot' ? 0.4 : 1.5,
            similarity,
            negatives,
            joined: joining && negatives === 'shared' ? directions : [],
            hardness: of && { strength: 0.5, of },
            falseNegatives: { ...asPositives, margin: 0.05 },
          };
          const views = { ...randomViews(shape), guide };
          expectWrittenOut(views, options, { right: right(guide, 0.05) });
        },
      ),
      { numRuns: 20 },
    );
  });

  it('are positives both ways, with the slopes of what is written out, and would be told from their opposites', () => {
    const options = { scale: 2, symmetric: true, falseNegatives: { ...asPositives, margin: 0.1 } };
    fc.assert(
      fc.property(shapes, (shape) => {
        const guide = guideOf(shape);
        const [a, p] = [guide.anchors, guide.positives];
        const right: Roles['right'] = (i, from, j) => {
          const own = cosine.score(row(a, i), row(p, i));
          return from === 'positives'
            ? cosine.score(row(a, i), row(p, j)) > own - 0.1
            : cosine.score(row(a, i), row(guide.negatives ?? p, j)) > own - 0.1;
        };
        expectWrittenOut({ ...randomViews(shape), guide }, options, { right });
      }),
      { numRuns: 12 },
    );
    const shape = { rows: 4, dim: 3, seed: 3 };
    const views = { ...randomViews(shape), guide: guideOf(shape) };
    expectSignsMatter(infoNce(options), views, names);
  });

  it('learn a scale as well, one way and both', () => {
    const shape = { rows: 5, dim: 3, seed: 2 };
    const views = { ...randomViews(shape), guide: guideOf(shape) };
    for (const options of [{ symmetric: true }, { negatives: 'own' }, { joined: directions }] as const) {
      const loss = ({ logScale }: { logScale: Matrix }) => {
        const { value, gradients } = infoNce({ ...options, falseNegatives: asPositives })({
          ...views,
          logScale: logScale.data[0],
        });
        return { value, gradients: { logScale: fromRows([[gradients.logScale ?? NaN]]) } };
      };
      expectGradient(loss, { logScale: fromRows([[0.7]]) }, ['logScale']);
    }
  });

  it('that a guide finds by label are the positives of supCon against the other view, and of supConViews with both', () => {
    const guide = guideByLabel(labels);
    const falseNegatives = { ...asPositives, margin: 0.5 };
    const ours = infoNce({ temperature: 0.2, falseNegatives })({ ...pairs, guide });
    const references = { embeddings: pairs.positives, labels, alone: true };
    const into = { references: noise(40, 6) };
    const theirs = supCon({ temperature: 0.2 })({ embeddings: pairs.anchors, labels, references }, into);
    expectClose([ours.value], [theirs.value], 1e-6);
    expectClose(ours.terms ?? [], theirs.terms ?? [], 1e-6);
    expectClose(ours.gradients.anchors.data, theirs.gradients.embeddings.data, 1e-6);
    expectClose(ours.gradients.positives.data, into.references.data, 1e-6);

    const joined = ['anchorToAnchor'] as const;
    const both = infoNce({ temperature: 0.2, joined, falseNegatives })({ ...pairs, guide });
    const views = supConViews({ temperature: 0.2, anchors: 'first' })({
      embeddings: stack(pairs.anchors, pairs.positives),
      views: 2,
      labels,
    });
    expectClose([both.value], [views.value], 1e-6);
    expectClose(
      [...both.gradients.anchors.data, ...both.gradients.positives.data],
      views.gradients.embeddings.data,
      1e-6,
    );
  });

  it('do not count where they are masked, and are not weighed by other options', () => {
    const guide = guideByLabel(labels);
    const falseNegatives = { ...asPositives, margin: 0.5 };
    // who is alike is masked, and nothing is left to find
    const masked = infoNce({ falseNegatives })({ ...pairs, guide, labels });
    expect(masked.value).toBe(infoNce()({ ...pairs, labels }).value);
    // of whole labels that all are of, everything is a positive, and nothing hard
    const alike = guideByLabel(new Int32Array(40));
    const plain = infoNce({ falseNegatives })({ ...pairs, guide: alike });
    const hard = infoNce({ falseNegatives, hardness: { strength: 3, of: 'all' } })({
      ...pairs,
      guide: alike,
    });
    expect(hard.value).toBe(plain.value);
  });

  it('have a defined answer where all candidates are positives, or none is but its own', () => {
    const alike = guideByLabel(new Int32Array(3));
    const same = matrix(3, 2, Float32Array.of(3, 4, 3, 4, 3, 4));
    for (const symmetric of [false, true]) {
      const loss = infoNce({ symmetric, falseNegatives: { ...asPositives, margin: 0.5 } });
      const { value, gradients } = loss({ anchors: same, positives: same, guide: alike });
      expect(value).toBeCloseTo(Math.log(3), 6);
      expectClose(gradients.anchors.data, new Float32Array(6), 1e-6);
      const zero = loss({ anchors: matrix(3, 2), positives: matrix(3, 2), guide: alike });
      expect(zero.value).toBeCloseTo(Math.log(3), 6);
      const none = loss({
        anchors: matrix(0, 2),
        positives: matrix(0, 2),
        guide: guideByLabel(new Int32Array()),
      });
      expect([none.value, none.active]).toEqual([0, 0]);
      const apart = loss({ ...pairs, guide: guideByLabel(Int32Array.from(labels.keys())) });
      expect(apart.value).toBe(infoNce({ symmetric })(pairs).value);
    }
  });

  it('are refused with a weight', () => {
    expect(() => infoNce({ falseNegatives: { ...asPositives, weight: 0 } })).toThrow(
      new RangeError('infoNce: falseNegatives.weight must be absent where they count as positives, got 0'),
    );
  });
});

describe('infoNce, known positives that are counted', () => {
  const knownPositives = 'counted';

  it('are those a guide would find by label', () => {
    for (const options of [{}, { symmetric: true }, { joined: directions.slice(0, 3) }]) {
      const byLabel = infoNce({ temperature: 0.2, ...options, knownPositives })({ ...pairs, labels });
      const guided = infoNce({
        temperature: 0.2,
        ...options,
        falseNegatives: { ...asPositives, margin: 0.5 },
      })({ ...pairs, guide: guideByLabel(labels) });
      expectClose([byLabel.value], [guided.value], 1e-6);
      expectClose(byLabel.gradients.positives.data, guided.gradients.positives.data, 1e-6);
      const named = infoNce({ temperature: 0.2, ...options, knownPositives })({
        ...pairs,
        ids: Uint32Array.from(labels),
      });
      expect(named.value).toBe(byLabel.value);
    }
  });

  it('are found by ids, by labels and by what is known, in every direction, as they are written out', () => {
    const views = randomViews({ rows: 4, dim: 3, seed: 3 });
    const ids = Uint32Array.of(7, 8, 7, 9);
    const itemLabels = Int32Array.of(0, 1, 2, 1);
    const negativeIds = Uint32Array.of(1, 2, 3, 9, 4, 5, 6, 8);
    const negativeLabels = Int32Array.of(9, 0, 9, 9, 1, 9, 2, 9);
    // the last anchor also has items 7 and 4 for right
    const known = idLists([[], [], [], [7, 4]]);
    const alike = (i: number, j: number): boolean =>
      ids[i] === ids[j] || itemLabels[i] === itemLabels[j] || (i === 3 && ids[j] === 7);
    const right: Roles['right'] = (i, from, j) =>
      from === 'negatives'
        ? negativeIds[j] === ids[i] ||
          negativeLabels[j] === itemLabels[i] ||
          (i === 3 && negativeIds[j] === 4)
        : j !== i && alike(i, j);
    for (const options of [{ negatives: 'own' }, { negatives: 'shared' }, { joined: directions }] as const) {
      const batch = { ...views, ids, labels: itemLabels, negativeIds, negativeLabels, known };
      expectWrittenOut(batch, { scale: 1.5, knownPositives, ...options }, { right });
      const { terms = [] } = infoNce({ scale: 1.5, knownPositives, ...options })(batch);
      expectClose(terms, writtenOut(views, { scale: 1.5, ...options }, views, { right }).terms);
    }
  });

  it('stay positives where a guide would drop them', () => {
    const falseNegatives = { margin: 0.5 };
    const guide = guideByLabel(labels);
    const { value } = infoNce({ knownPositives, falseNegatives })({ ...pairs, labels, guide });
    expect(value).toBe(infoNce({ knownPositives })({ ...pairs, labels }).value);
  });

  it('are refused by another name', () => {
    expect(() => infoNce(JSON.parse('{"knownPositives":"kept"}'))).toThrow(
      new RangeError('infoNce: knownPositives must be leftOut or counted, got kept'),
    );
  });
});
