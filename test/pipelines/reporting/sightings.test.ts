import { describe, expect, it } from 'vitest';
import { rankedSystem } from '../../../pipelines/reporting/ranked-system.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { readDataFolder, readSplit } from '../../../src/formats/data-folder.ts';
import { tinyFolder } from '../tiny-folder.ts';

describe('what is kept of rankings', () => {
  it('follows by hand', async () => {
    const path = await tinyFolder({
      corpus: [
        { id: 'east', vector: [2, 0] },
        { id: 'up', vector: [3, 4] },
        { id: 'north', vector: [0, 3] },
        { id: 'west', vector: [-1, 0] },
      ],
      queries: [
        { id: 'a', vector: [1, 0] },
        { id: 'b', vector: [0, 2] },
        { id: 'c', vector: [1, 0] },
      ],
      qrels: {
        test: [
          // cosines 1, 0.6, 0, -1
          ['a', 'east', 0],
          ['a', 'west', 1],
          ['a', 'up', 2],
          // cosines north 1, up 0.8, then east and west 0
          ['b', 'north', 1],
          ['c', 'north', 0],
        ],
      },
    });
    const folder = await readDataFolder(path);
    const split = await readSplit(folder, 'test');
    const signal = new AbortController().signal;
    const options = { distance: cosine, depth: 3, seed: 0, signal };
    const { kept, values } = await rankedSystem({ name: 'x', folder }, split, undefined, options);
    const { names } = folder.corpus.names;

    expect([...kept.ids].map((id) => names[id]).join(' ')).toBe('east up north north up west east up north');
    const near = (scores: ArrayLike<number>) =>
      Array.from(scores, (score) => Math.round(1e6 * score) / 1e6 + 0);
    expect(near(kept.scores.data)).toEqual([1, 0.6, 0, 1, 0.8, 0, 1, 0.6, 0]);
    // west is deeper than was ranked, and its score is known all the same
    expect(kept.positives.map((each) => each.map(({ id, rank }) => [names[id], rank]))).toEqual([
      [
        ['up', 2],
        ['west', undefined],
      ],
      [['north', 1]],
      [],
    ]);
    expect(near(kept.positives[0].map(({ score }) => score))).toEqual([0.6, -1]);
    expect(near(kept.nearestMisses)).toEqual([1, 0.8, 1]);
    // of the three that were ranked: north for a, up and west for b, east and up for c
    expect(near(kept.unjudged)).toEqual([0.333333, 0.666667, 0.666667]);
    expect([...values.mrr]).toEqual([1 / 2, 1, 0]);
    for (const score of kept.atRandom) expect(Number.isNaN(score) || Math.abs(score) <= 1).toBe(true);
  });
});
