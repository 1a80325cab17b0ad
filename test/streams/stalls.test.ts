import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stalls } from '../../src/streams/stalls.ts';

describe('stalls', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function* slow(seconds: readonly number[], closed: () => void = () => {}): AsyncGenerator<number> {
    try {
      for (const wait of seconds) {
        await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
        yield wait;
      }
    } finally {
      closed();
    }
  }

  it('gives the items, and tells after how long each still has not come', async () => {
    const told: number[] = [];
    const items: number[] = [];
    const read = (async () => {
      for await (const item of stalls(slow([1, 25, 2, 11]), {
        after: 10,
        tell: (seconds) => told.push(seconds),
      }))
        items.push(item);
    })();
    await vi.advanceTimersByTimeAsync(40_000);
    await read;
    expect(items).toEqual([1, 25, 2, 11]);
    expect(told).toEqual([10, 20, 10]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says nothing while nothing is asked for', async () => {
    const told: number[] = [];
    const items = stalls(slow([1, 1]), { after: 10, tell: (seconds) => told.push(seconds) });
    const first = items.next();
    await vi.advanceTimersByTimeAsync(1000);
    await first;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
    await items.return();
  });

  it('returns its source when it is no longer wanted, or fails as it does', async () => {
    const closed = vi.fn<() => void>();
    const items = stalls(slow([0, 5], closed), { tell: () => {} });
    const first = items.next();
    await vi.advanceTimersByTimeAsync(10);
    await first;
    await items.return();
    expect(closed).toHaveBeenCalledOnce();
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new RangeError('line 2: no');
    }
    const all = async () => {
      for await (const item of stalls(failing(), { tell: () => {} })) expect(item).toBe(1);
    };
    await expect(all()).rejects.toThrow('line 2: no');
    expect(vi.getTimerCount()).toBe(0);
  });
});
