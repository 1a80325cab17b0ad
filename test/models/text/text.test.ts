import { describe, expect, it } from 'vitest';
import { type Bags, bagChunks, gatherBags } from '../../../src/core/bags.ts';
import { fromRows, matrix, row, stack } from '../../../src/core/matrix.ts';
import { isOfRows } from '../../../src/core/parameters.ts';
import { mlp } from '../../../src/models/mlp.ts';
import { projected } from '../../../src/models/stacked.ts';
import { embeddingBag } from '../../../src/models/text/embedding-bag.ts';
import { nGramBuckets } from '../../../src/models/text/n-grams.ts';
import { tableFrom, textBags, vocabulary, vocabularyRows } from '../../../src/models/text/vocabulary.ts';
import { wordsOf } from '../../../src/models/text/words.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian } from '../../matrices.ts';
import { shaken, weightedEncoder } from '../weighted.ts';

const bag = (texts: readonly (readonly (readonly [id: number, weight: number])[])[]): Bags => {
  const offsets = new Uint32Array(texts.length + 1);
  texts.forEach((text, i) => (offsets[i + 1] = offsets[i] + text.length));
  const all = texts.flat();
  return {
    offsets,
    ids: Uint32Array.from(all, ([id]) => id),
    weights: Float32Array.from(all, ([, weight]) => weight),
  };
};

describe('wordsOf', () => {
  it.each([
    ['The dog’s  24-hour day, at last!', ['the', 'dog', 's', '24', 'hour', 'day', 'at', 'last']],
    ['ÉCOLE Straße ﬁn', ['école', 'straße', 'fin']],
    // a letter and a combining mark are the one letter
    ['cafe\u0301', ['café']],
    ['मूल अर्थ', ['मूल', 'अर्थ']],
    ['東京 タワー', ['東京', 'タワー']],
    ['… — 😀', []],
  ])('of %s', (text, words) => expect(wordsOf(text)).toEqual(words));
});

describe('nGramBuckets', () => {
  it('has one for each run of characters of the marked word', () => {
    // <ab>: <ab ab> <ab> of 3 and 4
    expect(nGramBuckets('ab', [3, 4], 1e9)).toHaveLength(3);
    // of 2: <a ab b>, of 3: two, of 4: one
    expect(nGramBuckets('ab', [2, 5], 1e9)).toHaveLength(6);
    // a character beyond 16 bits is one: <😀> has one run of 3
    expect(nGramBuckets('😀', [3, 3], 1e9)).toHaveLength(1);
    expect(nGramBuckets('a', [4, 6], 1e9)).toEqual([]);
  });

  it('gives equal runs of different words one bucket, but not the middle of one and the end of another', () => {
    const [inning, king] = [nGramBuckets('inning', [3, 3], 1e9), nGramBuckets('king', [3, 3], 1e9)];
    // <in inn nni nin ing ng> and <ki kin ing ng>
    expect(inning.filter((bucket) => king.includes(bucket))).toEqual([inning[4], inning[5]]);
  });

  it('spreads over all buckets', () => {
    const counts = new Uint32Array(64);
    for (let i = 0; i < 5000; i++) {
      for (const bucket of nGramBuckets(`w${i.toString(36)}x`, [3, 5], 64)) counts[bucket]++;
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / 64;
    for (const count of counts) expect(count / mean).toBeGreaterThan(0.5);
  });
});

describe('vocabulary', () => {
  const texts = ['a rose is a rose', 'a thorn', 'the rose'];

  it('numbers words by how many texts have them', () => {
    const { words } = vocabulary(texts, { least: 1, buckets: 0 });
    expect(words).toEqual(['a', 'rose', 'is', 'the', 'thorn']);
    expect(vocabulary(texts).words).toEqual(['a', 'rose']);
    expect(vocabulary(texts, { least: 1, words: 3 }).words).toEqual(['a', 'rose', 'is']);
  });

  it('weighs by how few texts have a row, as scikit-learn does', () => {
    const { idf } = vocabulary(texts, { least: 1, buckets: 0 });
    // in 2, 2, 1, 1 and 1 of 3 texts: ln(4 / 3) + 1 and ln(4 / 2) + 1
    expectClose(idf ?? [], [1.28768207, 1.28768207, 1.69314718, 1.69314718, 1.69314718], 1e-6);
  });

  it('counts each bucket once a text', () => {
    // of 6 characters are <rose>, <roses and roses>: in 2 of 3 texts
    const { words, idf } = vocabulary(['rose roses', 'a', 'rose'], { buckets: 1, nGrams: [6, 6] });
    expect(idf?.[words.length]).toBeCloseTo(Math.log(4 / 3) + 1, 6);
  });

  it('makes bags whose weights add up to 1', () => {
    const plain = { least: 1, buckets: 0 };
    const byIdf = textBags(vocabulary(texts, plain))(['a thorn', 'unheard of', 'rose rose a']);
    expect(byIdf.offsets).toEqual(Uint32Array.of(0, 2, 2, 5));
    expect(byIdf.ids).toEqual(Uint32Array.of(0, 4, 1, 1, 0));
    expectClose(byIdf.weights.subarray(0, 2), [1.28768207 / 2.98082925, 1.69314718 / 2.98082925], 1e-6);
    const byMean = textBags(vocabulary(texts, { ...plain, weights: 'mean' }))(['a thorn is']);
    expectClose(byMean.weights, [1 / 3, 1 / 3, 1 / 3], 1e-7);
  });

  it('gives a word that was never seen the rows of its n-grams', () => {
    const known = vocabulary(texts, { least: 1, buckets: 100 });
    const { ids } = textBags(known)(['roses']);
    const rose = textBags(known)(['rose']).ids;
    expect(Array.from(ids).every((id) => id >= known.words.length)).toBe(true);
    // <ro <ros <rose ros rose ose of both
    expect(Array.from(ids).filter((id) => rose.includes(id)).length).toBeGreaterThanOrEqual(6);
  });

  it('goes through JSON, but for the weights, which are an array of numbers', () => {
    const known = vocabulary(texts);
    const { words, nGrams, buckets } = JSON.parse(JSON.stringify(known));
    expect(textBags({ words, nGrams, buckets, idf: known.idf })(texts)).toEqual(textBags(known)(texts));
  });

  it('begins a table with given vectors, and has no zero row', () => {
    const known = vocabulary(texts, { least: 1, buckets: 50 });
    const table = tableFrom(known, 2, (word) => (word === 'rose' ? [3, 4] : undefined));
    expect(row(table, 1)).toEqual(Float32Array.of(3, 4));
    expect(table.rows).toBe(vocabularyRows(known));
    const lengths = Array.from({ length: table.rows }, (_, i) => Math.hypot(...row(table, i)));
    expect(Math.min(...lengths)).toBeGreaterThan(0);
    // normal, a tenth of 5 long in the square mean
    const rest = lengths.filter((_, i) => i !== 1);
    expect(rest.reduce((sum, length) => sum + length ** 2, 0) / rest.length).toBeGreaterThan(0.15);
    expect(rest.reduce((sum, length) => sum + length ** 2, 0) / rest.length).toBeLessThan(0.4);
  });

  it('refuses what is no vocabulary', () => {
    expect(() => vocabulary([], { buckets: 0 })).toThrow(
      'vocabulary: there must be words or buckets, got none',
    );
    expect(() => vocabulary(texts, { nGrams: [4, 3] })).toThrow(
      'vocabulary: the longest n-gram must be a whole number >= 4, got 3',
    );
    expect(() => tableFrom(vocabulary(texts), 2, () => undefined)).toThrow(
      'tableFrom: a word must have a vector, got none',
    );
  });
});

describe('embeddingBag', () => {
  const start = fromRows([
    [3, 0],
    [0, 8],
    [5, 5],
  ]);

  it('is the weighted sum of rows, brought to length 1, by hand', () => {
    const { output } = embeddingBag({ rows: 3, dim: 2, start }).forward(
      bag([
        [
          [0, 1],
          [1, 0.5],
        ],
        [],
        [[1, 2]],
      ]),
    );
    expectClose(output.data, [0.6, 0.8, 0, 0, 0, 1], 1e-7);
  });

  it('has gradients of the rows that were touched alone', () => {
    const { backward } = embeddingBag({ rows: 9, dim: 4 }).forward(
      bag([
        [
          [7, 1],
          [2, 1],
        ],
        [[7, 0.5]],
      ]),
    );
    const { table } = backward(gaussian(2, 4, 1));
    expect(isOfRows(table) && table.numbers).toEqual(Uint32Array.of(2, 7));
  });

  const bags = bag([
    [
      [0, 0.5],
      [3, 0.25],
      [0, 0.25],
    ],
    [
      [5, 0.9],
      [3, 0.1],
    ],
    [[1, 1]],
  ]);

  it.each([
    ['alone', embeddingBag({ rows: 6, dim: 4, seed: 1 })],
    [
      'under a head',
      projected(embeddingBag({ rows: 6, dim: 4, seed: 1 }), shaken(mlp({ from: 4, to: 3, hidden: 5 }))),
    ],
  ])('has the slopes of its output for gradients, %s', (_, encoder) => {
    const loss = weightedEncoder(encoder, bags, gaussian(3, encoder.forward(bags).output.cols, 2));
    const names = Object.keys(encoder.parameters);
    expectGradient(loss, encoder.parameters, names);
    expectSignsMatter(loss, encoder.parameters, names);
  });

  it('does not look at where a chunk of bags begins', () => {
    const { forward } = embeddingBag({ rows: 6, dim: 4 });
    const [first, ...others] = bagChunks(bags, 2).map((chunk) => forward(chunk).output);
    expect(stack(first, ...others)).toEqual(forward(bags).output);
    expect(forward(gatherBags(bags, [2, 0])).output.data.subarray(0, 4)).toEqual(
      forward(bags).output.data.subarray(8),
    );
  });

  it('copies what it begins with', () => {
    embeddingBag({ rows: 3, dim: 2, start }).parameters.table.data.fill(0);
    expect(start.data[0]).toBe(3);
  });

  it('refuses lists that do not fit', () => {
    const { forward } = embeddingBag({ rows: 3, dim: 2 });
    expect(() => forward(bag([[[3, 1]]]))).toThrow(
      new RangeError('embeddingBag: ids[0] must be a row in [0, 3), got 3'),
    );
    expect(() => forward({ ...bags, offsets: Uint32Array.of(0, 5, 2, 6) })).toThrow(
      new RangeError('embeddingBag: offsets[2] must be at least 5, got 2'),
    );
    expect(() => forward({ ...bags, weights: new Float32Array(1) })).toThrow(
      new RangeError('embeddingBag: weights.length must be 6, got 1'),
    );
    expect(() => embeddingBag({ rows: 3, dim: 2, start: matrix(2, 2) })).toThrow(
      new RangeError('embeddingBag: start.rows must be 3, got 2'),
    );
  });
});
