import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Labelled, LabelledGradients } from '../../../src/core/batches.ts';
import { matrix, stack } from '../../../src/core/matrix.ts';
import { contrastive } from '../../../src/losses/labelled/contrastive.ts';
import { crossBatchMemory } from '../../../src/losses/labelled/cross-batch-memory.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import { triplet } from '../../../src/losses/labelled/triplet.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { gaussian, noise } from '../../matrices.ts';

function batchOf(rows: number, step: number): Labelled {
  return {
    embeddings: gaussian(rows, 3, 5, step),
    labels: Int32Array.from({ length: rows }, (_, i) => (i + step) % 3),
    ids: Uint32Array.from({ length: rows }, (_, i) => 100 * step + i),
  };
}

/** Of no loss: hears what a loss is given, entry by entry copied. */
function listening(): { loss: Loss<Labelled, LabelledGradients>; heard: Labelled[] } {
  const heard: Labelled[] = [];
  return {
    heard,
    loss(batch) {
      heard.push(structuredClone(batch));
      const { rows, cols } = batch.embeddings;
      return { value: 0, gradients: { embeddings: matrix(rows, cols) }, active: 0 };
    },
  };
}

describe('crossBatchMemory', () => {
  it('holds the newest rows there were, whole at the wrap-around, at any sizes of memory and batches', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 }),
        (size, batches) => {
          const { loss, heard } = listening();
          const memory = crossBatchMemory(loss, { size });
          const labels: number[] = [];
          let entries: number[] = [];
          batches.forEach((rows, step) => {
            const batch = batchOf(rows, step);
            memory(batch);
            const found = heard[step].references;
            // any order, each with its own label
            const pair = (label: number, i: number, from: ArrayLike<number>) =>
              [label, from[3 * i], from[3 * i + 1], from[3 * i + 2]].join();
            const due = labels.map((label, i) => pair(label, i, entries)).slice(-size);
            const got = Array.from(found?.labels ?? [], (label, i) =>
              pair(label, i, found?.embeddings.data ?? []),
            );
            expect(got.sort()).toEqual(due.sort());
            labels.push(...batch.labels);
            entries = entries.concat(...batch.embeddings.data);
          });
        },
      ),
    );
  });

  it('is the loss of the batch beside what is remembered, or against that alone', () => {
    const [first, second] = [batchOf(6, 0), batchOf(5, 1)];
    for (const alone of [false, true]) {
      for (const loss of [supCon(), contrastive({ negativeMargin: 2 }), triplet({ margin: 1 })]) {
        const memory = crossBatchMemory(loss, { size: 50, alone });
        const { value, active } = memory(first);
        expect([value, active]).toEqual(alone ? [0, 0] : [loss(first).value, loss(first).active]);
        const { embeddings, labels, ids } = first;
        expect(memory(second)).toEqual(loss({ ...second, references: { embeddings, labels, ids, alone } }));
      }
    }
  });

  it('sees nothing of the batches of its warm-up, neither in them nor after', () => {
    const { loss, heard } = listening();
    const memory = crossBatchMemory(loss, { size: 20, warmUp: 2 });
    for (let step = 0; step < 4; step++) memory(batchOf(4, step));
    expect(heard.map(({ references }) => references?.labels.length)).toEqual([0, 0, 0, 4]);
    expect(heard[3].references?.embeddings).toEqual(batchOf(4, 2).embeddings);
  });

  it('lets no row meet an older copy of its item', () => {
    // a second batch of the same items under other labels: its copies would be negatives at distance 0
    const [first, second] = [batchOf(3, 0), { ...batchOf(3, 0), labels: Int32Array.of(7, 8, 9) }];
    const loss = contrastive({ negativeMargin: 0.001, reduction: 'sum' });
    const [withIds, without] = [true, false].map((known) => {
      const memory = crossBatchMemory(loss, { size: 3, alone: true });
      const [a, b] = [first, second].map((batch) => ({ ...batch, ids: known ? batch.ids : undefined }));
      memory(a);
      return memory(b).value;
    });
    expect(withIds).toBe(0);
    expect(without).toBeCloseTo(3 * 0.001, 6);
  });

  it('goes on to the bit from a saved state, which later steps do not change', () => {
    const whole = crossBatchMemory(supCon(), { size: 7, warmUp: 1 });
    for (let step = 0; step < 4; step++) {
      const state = whole.state();
      const kept = structuredClone(state);
      const restored = crossBatchMemory(supCon(), { size: 7, warmUp: 1, state });
      for (let later = step; later < step + 3; later++) restored(batchOf(5, later));
      const twin = crossBatchMemory(supCon(), { size: 7, warmUp: 1, state });
      const batch = batchOf(5, step);
      expect(twin(batch)).toEqual(whole(batch));
      expect(twin.state()).toEqual(whole.state());
      expect(state).toEqual(kept);
    }
  });

  it('keeps copies, and writes into what it is handed', () => {
    const memory = crossBatchMemory(supCon(), { size: 10 });
    const batch = batchOf(4, 0);
    const into = { embeddings: noise(4, 3), references: noise(4, 3) };
    expect(memory(batch, into).gradients.embeddings).toBe(into.embeddings);
    const before = memory.state();
    batch.embeddings.data.fill(9);
    batch.labels.fill(9);
    expect(memory.state()).toEqual(before);
    const { gradients } = memory(batchOf(4, 1), into);
    expect(gradients.references).toBeUndefined();
    expect(into.references.data.every(Number.isNaN)).toBe(true);
  });

  it('forgets nothing of a step that its loss refused', () => {
    const memory = crossBatchMemory(supCon(), { size: 10 });
    memory(batchOf(4, 0));
    const before = memory.state();
    expect(() => memory({ ...batchOf(4, 1), labels: Int32Array.of(1) })).toThrow(RangeError);
    expect(memory.state()).toEqual(before);
  });

  it('refuses what does not fit in one sentence', () => {
    const sentence = (text: string) => new RangeError(`crossBatchMemory: ${text}`);
    const loss = supCon();
    expect(() => crossBatchMemory(loss, { size: 0 })).toThrow(
      sentence('size must be a whole number >= 1, got 0'),
    );
    expect(() => crossBatchMemory(loss, { size: 1, warmUp: -1 })).toThrow(
      sentence('warmUp must be a whole number >= 0, got -1'),
    );
    const memory = crossBatchMemory(loss, { size: 4 });
    const batch = batchOf(4, 0);
    memory(batch);
    expect(() => memory({ ...batch, ids: undefined })).toThrow(
      sentence('ids must be some, as before, got none'),
    );
    expect(() => memory({ ...batch, embeddings: gaussian(4, 2, 1) })).toThrow(
      sentence('embeddings.cols must be 3, got 2'),
    );
    expect(() => memory({ ...batch, references: batch })).toThrow(
      sentence('references must be none, got some'),
    );
    const state = memory.state();
    expect(() => crossBatchMemory(loss, { size: 3, state })).toThrow(
      sentence('state.embeddings.rows must be at most 3, got 4'),
    );
    expect(() => crossBatchMemory(loss, { size: 5, state })).toThrow(sentence('state.next must be 4, got 0'));
    const longer = { ...state, embeddings: stack(state.embeddings, state.embeddings) };
    expect(() => crossBatchMemory(loss, { size: 9, state: longer })).toThrow(
      sentence('state.labels.length must be 8, got 4'),
    );
  });
});
