import { describe, expect, it } from 'vitest';
import { gaussian } from '../matrices.ts';
import { auto, cheaper } from '../../src/neighbors/auto.ts';

describe('auto', () => {
  const speeds = { rows: 1000, pair: 1e-8, link: 1e-4, query: 2e-5 };

  it('chooses by what links, queries and pairs come to', () => {
    // 10,000 rows, 100,000 queries: 10 s exactly; (1 + 2) · log 10,000 / log 1000 = 4 s with a graph
    expect(cheaper(speeds, 10_000, 100_000)).toEqual({
      choice: 'hnsw',
      why: 'hnsw, since 100000 queries of 10000 rows are expected to take 10 s exactly and 4 s with a graph, linking it included',
    });
    // each row asked once: 1 s exactly; (1 + 0.2) · 4 / 3 = 1.6 s
    expect(cheaper(speeds, 10_000, 10_000).choice).toBe('exact');
  });

  it('makes the index it announces', async () => {
    const told: string[] = [];
    const announce = (sentence: string) => told.push(sentence);
    const few = await auto({ dim: 8, rows: 10, queries: 1, announce });
    expect(few.parts).toBeUndefined();
    const many = await auto({ dim: 8, rows: 1e9, queries: 1e9, announce });
    await many.add(
      gaussian(100, 8, 1),
      Uint32Array.from({ length: 100 }, (_, i) => i),
    );
    // a graph, of so few rows too
    expect((await many.parts?.())?.graph.levels.length).toBe(100);
    expect(told).toEqual([
      expect.stringMatching(
        /^auto: exact, since 1 queries of 10 rows are expected to take .* s exactly and .* s with a graph/,
      ),
      expect.stringMatching(/^auto: hnsw, since 1000000000 queries/),
    ]);
  });

  it('refuses what is no number of rows or queries', async () => {
    await expect(auto({ dim: 8, rows: 0, queries: 1 })).rejects.toThrow(
      'auto: rows must be a whole number >= 1, got 0',
    );
    await expect(auto({ dim: 8, rows: 1, queries: -1 })).rejects.toThrow(
      'auto: queries must be a whole number >= 1, got -1',
    );
  });
});
