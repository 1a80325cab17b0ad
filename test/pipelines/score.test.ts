import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Column, given } from '../../src/catalog/input.ts';
import { labelled } from '../../src/catalog/inputs.ts';
import { score } from '../../pipelines/score.ts';
import { idLists } from '../../src/core/batches.ts';
import { fromRows, gather, matrix, rowsBetween, type Matrix } from '../../src/core/matrix.ts';
import { npyHeaderBytes } from '../../src/formats/npy-header.ts';
import { openNpyInt32 } from '../../src/formats/npy-integers.ts';
import { readNpyMatrix, writeNpy } from '../../src/formats/npy.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import { dice } from '../../src/losses/classification/dice.ts';
import { contrastive } from '../../src/losses/labelled/contrastive.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { mse } from '../../src/losses/regression/mse.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { supConViews } from '../../src/losses/views/sup-con-views.ts';

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

async function integers(
  name: string,
  descr: string,
  values: Uint32Array | BigInt64Array,
  cols?: number,
): Promise<string> {
  const header = Buffer.from(
    npyHeaderBytes({ rows: values.length / (cols ?? 1), cols, dtype: 'float32' }),
  ).toString('latin1');
  const bytes = Buffer.from(values.buffer);
  await writeFile(at(name), Buffer.concat([Buffer.from(header.replace('<f4', descr), 'latin1'), bytes]));
  return at(name);
}

function rowsOf(rows: number, cols: number, seed: number): Matrix {
  const m = matrix(rows, cols);
  m.data.forEach((_, e) => (m.data[e] = Math.sin(seed + 1.7 * e)));
  return m;
}

/** Rows of whole numbers as NumPy has them by default. */
function tuples(name: string, rows: readonly (readonly number[])[], cols: number): Promise<string> {
  return integers(name, '<i8', BigInt64Array.from(rows.flat(), BigInt), cols);
}

/** What was printed last. */
function printed(): unknown {
  return JSON.parse(String(vi.mocked(console.log).mock.lastCall?.[0]));
}

async function valuesAt(path: string): Promise<number[]> {
  const bytes = await readFile(path);
  return [...new Float64Array(new Uint8Array(bytes.subarray(128)).buffer)];
}

const run = (
  loss: string,
  options: Readonly<Record<string, unknown>>,
  signal = new AbortController().signal,
) => {
  const unsaid = { option: undefined, nats: undefined, storage: undefined };
  return score(loss, { out: at('out'), rows: 2, json: true, ...unsaid, ...options }, signal);
};

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

  it('rounds float64 to float32', async () => {
    const doubles = Float64Array.of(0.1, -0.7, 1 / 3, 2);
    const header = Buffer.from(npyHeaderBytes({ rows: 2, cols: 2, dtype: 'float64' }));
    await writeFile(at('d.npy'), Buffer.concat([header, Buffer.from(doubles.buffer)]));
    const targets = matrix(2, 2);
    await run('mse', { predictions: at('d.npy'), targets: await stored('t.npy', targets) });
    const predictions = matrix(2, 2, Float32Array.from(doubles));
    expect(await valuesAt(at('out/value.npy'))).toEqual([mse()({ predictions, targets }).value]);
  });

  it('prints the mean of the values by the rows of their batches, or their sum where the loss is one', async () => {
    const predictions = await stored('p.npy', fromRows([[3], [1], [6]]));
    const targets = await stored('t.npy', fromRows([[0], [0], [0]]));
    await run('mse', { predictions, targets });
    expect(await valuesAt(at('out/value.npy'))).toEqual([5, 36]);
    expect(printed()).toMatchObject({ value: (9 + 1 + 36) / 3, reduction: 'mean', batches: 2, rows: 3 });
    await run('mse', { predictions, targets, option: ['reduction=sum'], out: at('sum') });
    expect(printed()).toMatchObject({ value: 46, reduction: 'sum' });
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

describe('mined tuples', () => {
  const embeddings = rowsOf(5, 3, 7);
  const labels = Int32Array.of(0, 1, 0, 0, 0);
  const references = { embeddings: rowsOf(2, 3, 8), labels: Int32Array.of(1, 0) };

  async function inputs() {
    return {
      embeddings: await stored('e.npy', embeddings),
      labels: await integers('l.npy', '<i8', BigInt64Array.from(labels, BigInt)),
      references: await stored('r.npy', references.embeddings),
      'reference-labels': await integers('rl.npy', '<i8', BigInt64Array.from(references.labels, BigInt)),
    };
  }

  it('go to the batch of their anchors, references being numbered after all rows', async () => {
    const mined = await tuples('t.npy', [[2, 0, 1], [0, 6, 1], [0, 2, 5], [4, 3, 5]], 3); // prettier-ignore
    await run('triplet', { ...(await inputs()), triplets: mined, rows: 3 });
    const [first, second] = [
      triplet()({
        embeddings: rowsBetween(embeddings, 0, 3),
        labels: labels.subarray(0, 3),
        references,
        // of a batch of three rows references are 3 and 4
        triplets: {
          anchors: Uint32Array.of(2, 0, 0),
          positives: Uint32Array.of(0, 4, 2),
          negatives: Uint32Array.of(1, 1, 3),
        },
      }),
      triplet()({
        embeddings: rowsBetween(embeddings, 3, 5),
        labels: labels.subarray(3),
        references,
        triplets: {
          anchors: Uint32Array.of(1),
          positives: Uint32Array.of(0),
          negatives: Uint32Array.of(2),
        },
      }),
    ];
    expect(await valuesAt(at('out/value.npy'))).toEqual([first.value, second.value]);
    const { data } = await readNpyMatrix(at('out/embeddings.npy'));
    expect([...data]).toEqual([...first.gradients.embeddings.data, ...second.gradients.embeddings.data]);
  });

  it('are none for a batch that none names, where without them there are all triplets of its labels', async () => {
    const { embeddings: rows, labels: classes } = await inputs();
    await run('triplet', {
      embeddings: rows,
      labels: classes,
      rows: 3,
      triplets: await tuples('t.npy', [], 3),
    });
    expect(await valuesAt(at('out/value.npy'))).toEqual([0, 0]);
  });

  it('stand in the order of their batches, which may be many blocks of them', async () => {
    const rows = rowsOf(8, 3, 9);
    const many = Array.from({ length: 10_000 }, (_, t) => (t < 9000 ? [t % 2, 2, 3] : [4 + (t % 2), 6, 7]));
    await run('triplet', {
      embeddings: await stored('e.npy', rows),
      labels: await integers('l.npy', '<i8', BigInt64Array.of(0n, 0n, 0n, 1n, 0n, 0n, 0n, 1n)),
      triplets: await tuples('t.npy', many, 3),
      rows: 4,
    });
    const terms = await readFile(at('out/terms.npy'));
    expect((terms.length - 128) / 4).toBe(10_000);
  });

  it.each([
    [[[0, 1, 5]], 'rows must be of one batch of --rows 2, got 0 and 5'],
    [[[9, 1, 5]], 'the anchor must be a row in [0, 6), got 9'],
    [[[6, 1, 5]], 'the anchor must be a row in [0, 6), got 6'],
    [[[0, 1, 8]], 'rows must be in [0, 8), references from 6 on, got 8'],
    [
      [
        [2, 3, 3],
        [1, 0, 0],
      ],
      'anchors must stand in the order of their batches of 2 rows, got 1 after 2',
    ],
  ])('like %j are refused, with nothing written', async (rows, sentence) => {
    const files = { ...(await inputs()), triplets: await tuples('t.npy', rows, 3) };
    files.embeddings = await stored('e.npy', rowsOf(6, 3, 7));
    files.labels = await integers('l.npy', '<u4', new Uint32Array(6));
    const before = await readdir(folder);
    await expect(run('triplet', files)).rejects.toThrow(
      new RangeError(`${at('t.npy')} row ${rows.length - 1}: ${sentence}`),
    );
    expect(await readdir(folder)).toEqual(before);
  });

  it('are triplets or pairs, of which those of one kind may be left out', () => {
    const batch = labelled.batch(
      given('test', new Map<string, Column>([...BATCH, ['positivePairs', Uint32Array.of(0, 1, 2, 0)]])),
    );
    expect(batch.pairs).toEqual({
      positives: { anchors: Uint32Array.of(0, 2), others: Uint32Array.of(1, 0) },
      negatives: { anchors: Uint32Array.of(), others: Uint32Array.of() },
    });
    const both = new Map<string, Column>([
      ...BATCH,
      ['triplets', Uint32Array.of(0, 1, 2)],
      ['negativePairs', Uint32Array.of(0, 2)],
    ]);
    expect(() => labelled.batch(given('test', both))).toThrow(
      new RangeError('test: triplets must be left out where pairs are given, got both'),
    );
  });

  const BATCH = [
    ['embeddings', embeddings],
    ['labels', labels],
  ] as const;

  it('meet references alone where that is said', async () => {
    await run('contrastive', { ...(await inputs()), 'references-alone': true, rows: 5 });
    const { value } = contrastive()({ embeddings, labels, references: { ...references, alone: true } });
    expect(await valuesAt(at('out/value.npy'))).toEqual([value]);
    await expect(
      run('contrastive', {
        embeddings: at('e.npy'),
        labels: at('l.npy'),
        'references-alone': true,
        out: at('none'),
      }),
    ).rejects.toThrow('contrastive: --references must be given, got none');
  });
});

describe('what is known to be right', () => {
  const [anchors, positives, negatives] = [rowsOf(4, 3, 1), rowsOf(4, 3, 2), rowsOf(2, 3, 3)];

  it('is a row of an anchor and an id, and no negative of it', async () => {
    const files = {
      anchors: await stored('a.npy', anchors),
      positives: await stored('p.npy', positives),
      negatives: await stored('n.npy', negatives),
      'negative-ids': await integers('ni.npy', '<u4', Uint32Array.of(50, 60)),
    };
    const known = await tuples('k.npy', [[0, 60], [0, 11], [3, 12], [3, 99]], 2); // prettier-ignore
    await expect(run('infoNce', { ...files, known })).rejects.toThrow(
      'infoNce: --ids must be given, got none',
    );
    const ids = Uint32Array.of(10, 11, 12, 13);
    await run('infoNce', { ...files, known, ids: await integers('i.npy', '<u4', ids) });
    const batch = (start: number, lists: readonly (readonly number[])[]) =>
      infoNce()({
        anchors: rowsBetween(anchors, start, start + 2),
        positives: rowsBetween(positives, start, start + 2),
        negatives,
        ids: ids.subarray(start, start + 2),
        negativeIds: Uint32Array.of(50, 60),
        known: idLists(lists),
      }).value;
    expect(await valuesAt(at('out/value.npy'))).toEqual([batch(0, [[60, 11], []]), batch(2, [[], [12, 99]])]);
    // and it makes a difference
    expect(batch(0, [[60, 11], []])).not.toBe(batch(0, [[], []]));
  });
});

describe('views one below the other', () => {
  it('are cut by item, and so is what is written of them', async () => {
    const rows = rowsOf(6, 3, 4);
    await run('supConViews', { embeddings: await stored('e.npy', rows), views: '2' });
    const batch = (...of: readonly number[]) => supConViews()({ embeddings: gather(rows, of), views: 2 });
    const [first, second] = [batch(0, 1, 3, 4), batch(2, 5)];
    expect(await valuesAt(at('out/value.npy'))).toEqual([first.value, second.value]);
    const slopes = await readNpyMatrix(at('out/embeddings.npy'));
    expect(gather(slopes, [0, 1, 3, 4])).toEqual(first.gradients.embeddings);
    expect(gather(slopes, [2, 5])).toEqual(second.gradients.embeddings);
  });

  it('are refused where they are no views of as many', async () => {
    const embeddings = await stored('e.npy', rowsOf(5, 3, 4));
    await expect(run('supConViews', { embeddings, views: '2' })).rejects.toThrow(
      'rows must be a multiple of --views, 2, got 5',
    );
    await expect(run('supConViews', { embeddings, views: '0.5' })).rejects.toThrow(
      '--views must be a whole number >= 1, got 0.5',
    );
    const labels = await integers('l.npy', '<u4', new Uint32Array(5));
    await expect(run('supConViews', { embeddings, labels, views: '5' })).rejects.toThrow(
      'rows of --labels, as of a view of --embeddings, must be 1, got 5',
    );
  });
});

describe('samples', () => {
  it('are whole in a batch', async () => {
    const predictions = rowsOf(6, 2, 3);
    const labels = Int32Array.of(0, 1, 1, 0, 0, 1);
    const files = {
      predictions: await stored('p.npy', predictions),
      labels: await integers('l.npy', '<i8', BigInt64Array.from(labels, BigInt)),
      option: ['convention=monai'],
    };
    await run('dice', { ...files, samples: '3', rows: 4 });
    const first = dice({ convention: 'monai' })({
      predictions: rowsBetween(predictions, 0, 4),
      labels: labels.subarray(0, 4),
      samples: 2,
    });
    expect((await valuesAt(at('out/value.npy')))[0]).toBe(first.value);
    await expect(run('dice', { ...files, samples: '3', rows: 3, out: at('o2') })).rejects.toThrow(
      'score dice: --rows must be a multiple of 2, the rows of a sample, of which there are 3, got 3',
    );
    await expect(run('dice', { ...files, rows: 3, out: at('o2') })).rejects.toThrow(
      '--rows must be a multiple of 6, the rows of a sample, of which there are 1, got 3',
    );
    await expect(run('dice', { ...files, samples: '4', out: at('o2') })).rejects.toThrow(
      'rows of a batch must be a multiple of --samples, 4, got 6',
    );
  });
});

it('refuses a label that does not fit', async () => {
  const file = await openNpyInt32(await integers('big.npy', '<i8', BigInt64Array.of(1n, 2n ** 40n)));
  await expect(file.between(0, 2)).rejects.toThrow(
    'row 1 must be of whole numbers in [-2147483648, 2147483647]',
  );
  await file.close();
});
