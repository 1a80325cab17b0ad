import { describe, expect, it, vi } from 'vitest';
import { metrics } from '../../pipelines/metrics.ts';
import { ELSEWHERE } from '../../src/metrics/trec/elsewhere.ts';
import { MEASURES } from '../../src/metrics/trec/measures.ts';

function said(name?: string): string {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  metrics({ name });
  const text = log.mock.calls.flat().join('\n');
  log.mockRestore();
  return text;
}

describe('nearmiss metrics', () => {
  it('defines every measure, and the order of ties', () => {
    const lines = said().split('\n');
    for (const { name, definition } of MEASURES) expect(lines).toContain(`${name}: ${definition}`);
    expect(lines).toContain('ties:');
  });

  it('says of others only what is said of a measure there is', () => {
    const names = MEASURES.map(({ name }) => name);
    for (const name of ELSEWHERE.keys()) expect(names).toContain(name);
    expect(said('ndcg_cut')).toMatch(
      /^ndcg_cut: Grades over log2[^]*\n {4}sentence-transformers: NDCG@k has gains of 0 and 1/,
    );
    expect(said('ndcg_cut')).not.toContain('Average precision');
  });

  it('refuses a name it does not know', () => {
    expect(() => metrics({ name: 'NDCG' })).toThrow(
      /^metrics: the name must be one of runid, .*, unjudged, got NDCG$/,
    );
  });
});
