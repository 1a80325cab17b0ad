import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.ts';
import { draw, type DrawOptions } from '../../src/miners/draw.ts';

const SCORES = [0.9, 0.8, 0.7, 0.5];

/** How often each place is drawn, of 20,000 draws of so many. */
function shares(options: DrawOptions, count: number): number[] {
  const times = SCORES.map(() => 0);
  const take = draw('test', options);
  for (let t = 0; t < 20_000; t++)
    for (const place of take(SCORES, count, () => random(5, t))) times[place]++;
  return times.map((drawn) => drawn / 20_000);
}

// closeTo(…, 1.53) is within 0.0148, more than 4 standard errors of a share of 20,000 draws
const near = (expected: readonly number[]) => expected.map((share) => expect.closeTo(share, 1.53));

describe('draw', () => {
  it('takes the best, without a random number', () => {
    const refused = () => {
      throw new Error('drawn');
    };
    expect(draw('test', {})(SCORES, 3, refused)).toEqual([0, 1, 2]);
    expect(draw('test', { sampling: 'random' })(SCORES, 4, refused)).toEqual([0, 1, 2, 3]);
    expect(draw('test', { sampling: 'weighted' })(SCORES, 9, refused)).toEqual([0, 1, 2, 3]);
  });

  it('takes any alike', () => {
    expect(shares({ sampling: 'random' }, 1)).toEqual(near([0.25, 0.25, 0.25, 0.25]));
    expect(shares({ sampling: 'random' }, 3)).toEqual(near([0.75, 0.75, 0.75, 0.75]));
  });

  it('takes one in proportion to exp(score / temperature), and the next in proportion among the others', () => {
    const weights = SCORES.map((score) => Math.exp(score / 0.2));
    const sum = weights.reduce((a, b) => a + b, 0);
    expect(shares({ sampling: 'weighted', temperature: 0.2 }, 1)).toEqual(near(weights.map((w) => w / sum)));
    // first it, or another first and then it
    const ofTwo = weights.map((w, i) =>
      weights.reduce((p, v, j) => (j === i ? p : p + ((v / sum) * w) / (sum - v)), w / sum),
    );
    expect(shares({ sampling: 'weighted', temperature: 0.2 }, 2)).toEqual(near(ofTwo));
  });

  it('takes the best where the temperature is next to nothing, and any where it is far above the scores', () => {
    expect(shares({ sampling: 'weighted', temperature: 1e-4 }, 2)).toEqual([1, 1, 0, 0]);
    expect(shares({ sampling: 'weighted', temperature: 1e4 }, 1)).toEqual(near([0.25, 0.25, 0.25, 0.25]));
  });

  it('gives places in ascending order, each once', () => {
    for (const sampling of ['random', 'weighted'] as const) {
      for (let t = 0; t < 50; t++) {
        const places = draw('test', { sampling })(SCORES, 3, () => random(t));
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        expect(places).toHaveLength(3);
      }
    }
  });
});
