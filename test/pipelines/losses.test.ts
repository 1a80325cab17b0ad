import { describe, expect, it, vi } from 'vitest';
import { list } from '../../pipelines/losses/list.ts';
import { CATALOG } from '../../src/catalog/catalog.ts';

function printed(name: string | undefined, json: boolean): string {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    list({ name, json });
    return String(log.mock.calls[0][0]);
  } finally {
    log.mockRestore();
  }
}

describe('nearmiss losses', () => {
  it('lists every loss in lines of 100 columns', () => {
    const lines = printed(undefined, false).split('\n');
    for (const { name } of Object.values(CATALOG).flat())
      expect(lines.some((line) => line.startsWith(`  ${name}: `))).toBe(true);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it('prints one loss with its options', () => {
    expect(printed('triplet', false)).toContain('  margin: a number; by default 0.2\n');
    expect(() => list({ name: 'tripel', json: false })).toThrow(
      new RangeError("losses: LOSS must be a name that `nearmiss losses` lists, got 'tripel'"),
    );
  });

  it('is one JSON object on request', () => {
    const all: unknown = JSON.parse(printed(undefined, true));
    expect(all).toHaveProperty('regression.0.name', 'huber');
    expect(JSON.parse(printed('mse', true))).toMatchObject({ options: { reduction: { default: 'mean' } } });
  });
});
