import { describe, expect, it } from 'vitest';
import { gate } from '../../src/service/gate.ts';
import { turns } from '../../src/service/turns.ts';

/** Work that ends when it is told to. */
function piece() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { run: () => ended, end: () => end() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('go in the order in which they came, so many at a time', async () => {
    const all = turns(2);
    const pieces = Array.from({ length: 4 }, piece);
    const begun: number[] = [];
    const done = pieces.map(({ run }, i) =>
      all.run(() => {
        begun.push(i);
        return run();
      }),
    );
    await settled();
    expect([begun, all.running, all.waiting]).toEqual([[0, 1], 2, 2]);
    pieces[1].end();
    await settled();
    expect([begun, all.running, all.waiting]).toEqual([[0, 1, 2], 2, 1]);
    for (const { end } of pieces) end();
    await Promise.all(done);
    expect([begun, all.running, all.waiting]).toEqual([[0, 1, 2, 3], 0, 0]);
  });

  it('pass by whoever has gone, and go on after a failure', async () => {
    const all = turns(1);
    const first = piece();
    const failing = all.run(async () => {
      await first.run();
      throw new Error('failed');
    });
    const gone = new AbortController();
    const second = all.run(async () => 'second', gone.signal);
    const third = all.run(async () => 'third', new AbortController().signal);
    gone.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    first.end();
    await expect(failing).rejects.toThrow('failed');
    expect(await third).toBe('third');
    await expect(all.run(async () => 'late', gone.signal)).rejects.toThrow('gone');
    expect([all.running, all.waiting]).toEqual([0, 0]);
  });
});

describe('a gate', () => {
  it('lets in so many requests, and so many bytes, but one of any size', () => {
    const entry = gate({ requests: 3, bytes: 100 });
    const leave = entry.enter(300);
    expect(() => entry.enter(1)).toThrow('service: requests under way must be of at most 100 bytes, got 301');
    leave();
    leave();
    expect(entry.inside).toBe(0);
    for (let i = 0; i < 3; i++) entry.enter(30);
    expect(() => entry.enter(1)).toThrow('service: requests under way must be at most 3, got one more');
  });

  it('lets in nobody when it is shut', () => {
    const entry = gate({ requests: 3, bytes: 100 });
    entry.shut();
    expect(() => entry.enter(1)).toThrow(/^service: must be asked before it is told to end/);
  });
});
