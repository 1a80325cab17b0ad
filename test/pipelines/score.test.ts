import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { score } from '../../pipelines/score.ts';
import { matrix, rowsBetween, type Matrix } from '../../src/core/matrix.ts';
import { npyHeaderBytes } from '../../src/formats/npy-header.ts';
import { openNpyInt32 } from '../../src/formats/npy-integers.ts';
import { readNpyMatrix, writeNpy } from '../../src/formats/npy.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'score-'));
  vi.spyOn(console, 'log').mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

async function stored(name: string, rows: Matrix): Promise<string> {
  await writeNpy(at(name), [rows], rows);
  return at(name);
}

async function integers(name: string, descr: string, values: Uint32Array | BigInt64Array): Promise<string> {
  const header = Buffer.from(npyHeaderBytes({ rows: values.length, dtype: 'float32' })).toString('latin1');
  const bytes = Buffer.from(values.buffer);
  await writeFile(at(name), Buffer.concat([Buffer.from(header.replace('<f4', descr), 'latin1'), bytes]));
  return at(name);
}

function rowsOf(rows: number, cols: number, seed: number): Matrix {
  const m = matrix(rows, cols);
  m.data.forEach((_, e) => (m.data[e] = Math.sin(seed + 1.7 * e)));
  return m;
}

async function valuesAt(path: string): Promise<number[]> {
  const bytes = await readFile(path);
  return [...new Float64Array(new Uint8Array(bytes.subarray(128)).buffer)];
}

const run = (
  loss: string,
  options: Readonly<Record<string, unknown>>,
  signal = new AbortController().signal,
) => score(loss, { out: at('out'), rows: 2, json: true, option: undefined, ...options }, signal);

describe('nearmiss score', () => {
  const [anchors, positives, negatives] = [rowsOf(3, 4, 1), rowsOf(3, 4, 2), rowsOf(4, 4, 3)];

  it('cuts negatives where their owners are', async () => {
    await run('infoNce', {
      anchors: await stored('a.npy', anchors),
      positives: await stored('p.npy', positives),
      negatives: await stored('n.npy', negatives),
      owned: await integers('o.npy', '<u4', Uint32Array.of(1, 2, 1)),
    });
    const [first, second] = [
      [0, 2, 0, 3],
      [2, 3, 3, 4],
    ].map(([start, end, from, to], i) =>
      infoNce()({
        anchors: rowsBetween(anchors, start, end),
        positives: rowsBetween(positives, start, end),
        negatives: rowsBetween(negatives, from, to),
        owned: [Uint32Array.of(1, 2), Uint32Array.of(1)][i],
      }),
    );
    expect(await valuesAt(at('out/value.npy'))).toEqual([first.value, second.value]);
    const written = await readNpyMatrix(at('out/negatives.npy'));
    expect([...written.data]).toEqual(
      [first, second].flatMap(({ gradients }) => [...(gradients.negatives?.data ?? [])]),
    );
  });

  it('adds up the gradients of negatives that nobody owns', async () => {
    await run('infoNce', {
      anchors: await stored('a.npy', anchors),
      positives: await stored('p.npy', positives),
      negatives: await stored('n.npy', negatives),
    });
    const [first, second] = [
      [0, 2],
      [2, 3],
    ].map(
      ([start, end]) =>
        infoNce()({
          anchors: rowsBetween(anchors, start, end),
          positives: rowsBetween(positives, start, end),
          negatives,
        }).gradients.negatives?.data ?? [],
    );
    const { data } = await readNpyMatrix(at('out/negatives.npy'));
    expect([...data]).toEqual(Array.from(first, (slope, e) => Math.fround(slope + second[e])));
  });

  it('reads labels of 64 bits', async () => {
    const logits = rowsOf(2, 3, 5);
    const labels = await integers('l.npy', '<i8', BigInt64Array.of(2n, 0n));
    await run('crossEntropy', { logits: await stored('x.npy', logits), labels });
    const { value, gradients } = crossEntropy()({ logits, labels: Int32Array.of(2, 0) });
    expect(await valuesAt(at('out/value.npy'))).toEqual([value]);
    expect(await readNpyMatrix(at('out/logits.npy'))).toEqual(gradients.logits);
  });

  it('leaves nothing of what is refused or interrupted', async () => {
    const files = { anchors: await stored('a.npy', anchors), positives: await stored('p.npy', negatives) };
    const before = await readdir(folder);
    await expect(run('infoNce', files)).rejects.toThrow(
      'rows of --positives, as of --anchors, must be 3, got 4',
    );
    await expect(run('infoNce', {})).rejects.toThrow('--anchors must be given, got none');
    await expect(run('mse', files)).rejects.toThrow(RangeError);
    await expect(run('infoNce', { option: ['x'] })).rejects.toThrow('--option must be NAME=VALUE');
    await expect(run('infoNce', { ...files, positives: files.anchors }, AbortSignal.abort())).rejects.toThrow(
      'aborted',
    );
    expect(await readdir(folder)).toEqual(before);
  });
});

it('refuses a label that does not fit', async () => {
  const file = await openNpyInt32(await integers('big.npy', '<i8', BigInt64Array.of(1n, 2n ** 40n)));
  await expect(file.between(0, 2)).rejects.toThrow(
    'row 1 must be of whole numbers in [-2147483648, 2147483647]',
  );
  await file.close();
});
