import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import { copiedState, readState, type State, writeState } from '../../src/formats/state-file.ts';
import { gaussian } from '../matrices.ts';
import { scratch } from './fixture.ts';

const files = scratch();

const state = (): State => ({
  facts: { step: 3, looks: [{ step: 0, value: 0.5 }] },
  matrices: {
    learned: { 'loss.logScale': gaussian(1, 1, 1), table: gaussian(4, 3, 2), none: matrix(0, 5) },
    optimizer: { 'table.mean': gaussian(4, 3, 3) },
  },
  arrays: { ids: Uint32Array.of(7, 4_294_967_295), steps: new Uint32Array(0) },
});

describe('a state', () => {
  it('comes back as it was written, to the bit', async () => {
    const path = files.path('a.state');
    await writeState(path, state());
    expect(await readState(path)).toEqual(state());
    const again = files.path('b.state');
    await writeState(again, await readState(path));
    expect(await readFile(again)).toEqual(await readFile(path));
  });

  it('that was copied no longer changes', () => {
    const first = state();
    const copy = copiedState(first);
    first.matrices.learned.table.data.fill(9);
    first.arrays.ids.fill(9);
    expect(copy).toEqual(state());
  });

  it('is copied over an earlier copy where its matrices are of one shape, and beside it where not', () => {
    const before = copiedState({
      facts: {},
      matrices: { learned: { table: gaussian(4, 3, 9) }, optimizer: { 'table.mean': gaussian(3, 4, 9) } },
      arrays: {},
    });
    const copy = copiedState(state(), before);
    expect(copy).toEqual(state());
    expect(copy.matrices.learned.table.data).toBe(before.matrices.learned.table.data);
    expect(before.matrices.optimizer['table.mean']).toEqual(gaussian(3, 4, 9));
  });

  it.each([0, 20, 100, -1])('is refused where byte %d is another', async (at) => {
    const path = files.path('spoilt.state');
    await writeState(path, state());
    const bytes = await readFile(path);
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    await writeFile(path, bytes);
    await expect(readState(path)).rejects.toThrow(/^.*spoilt\.state: must be /);
  });

  it('is refused where it was cut off, or is of another kind', async () => {
    const path = files.path('short.state');
    await writeState(path, state());
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 5));
    await expect(readState(path)).rejects.toThrow(/must be as it was written/);
    await writeFile(path, 'something else, of some length, that is no state at all');
    await expect(readState(path)).rejects.toThrow(/must be a file of kind nearstat/);
  });
});
