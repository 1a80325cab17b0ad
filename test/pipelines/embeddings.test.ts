import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromRows, type Matrix } from '../../src/core/matrix.ts';
import { readLabels } from '../../src/formats/labels.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { gaussian, scaled } from '../matrices.ts';
import { nearmiss } from './command.ts';
import { tinyFolder } from './tiny-folder.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const write = (name: string, rows: Matrix) => writeNpy(at(name), [rows], rows);

/** Three rows of a class near one corner and three near the other, and one row of a class of its own. */
const CORNERS = fromRows([
  [10, 1],
  [10, 0],
  [10, -1.5],
  [1, 10],
  [0, 10],
  [-1.5, 10],
  [-7, -7],
]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nearmiss-embeddings-'));
  await write('corners.npy', CORNERS);
  await write('noise.npy', gaussian(300, 8, 1));
  await write('longer.npy', scaled(gaussian(300, 8, 1), 4));
  await write('other.npy', gaussian(300, 8, 2));
  await write('wider.npy', gaussian(300, 9, 3));
  await writeFile(at('labels.txt'), 'a\na\na\nb\nb\nb\nc\n');
});

async function json(...words: readonly string[]) {
  const { code, stdout, stderr } = await nearmiss(...words, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe('nearmiss health', () => {
  it('has what follows by hand of a few rows', async () => {
    const rows = fromRows([
      [3, 0, 5],
      [0, 0, 0],
      [3, 0, 5],
      [0, 0, 5],
    ]);
    await write('few.npy', rows);
    const { files } = await json('health', at('few.npy'), '--k', '1');
    const found = files[at('few.npy')];
    expect(found).toMatchObject({ rows: 4, cols: 3, zero_rows: 1, duplicates: 1, dead_dimensions: 1 });
    const between = 5 / Math.sqrt(34);
    expect(found.mean_cosine).toBeCloseTo((1 + 2 * between) / 3, 6);
    // squared distances of unit rows: 0 and twice 2 - 2 cos
    expect(found.uniformity).toBeCloseTo(Math.log((1 + 2 * Math.exp(-2 * (2 - 2 * between))) / 3), 5);
    expect(found.effective_rank).toBeLessThan(2);
    expect(found.norms[6]).toBeCloseTo(Math.sqrt(34), 6);
  });

  it('says how near pairs of a folder are', async () => {
    const data = await tinyFolder({
      corpus: [
        { id: 'd', vector: [1, 0] },
        { id: 'e', vector: [0, 0] },
      ],
      queries: [
        { id: 'q', vector: [2, 2] },
        { id: 'r', vector: [1, 0] },
      ],
      qrels: {
        test: [
          ['q', 'd', 1],
          ['r', 'e', 1],
        ],
      },
    });
    const { alignment } = await json('health', '--data', data);
    // 45° apart; the pair with a zero row does not count
    expect(alignment).toEqual({ pairs: 1, value: expect.closeTo(2 - Math.SQRT2, 6) });
    expect((await nearmiss('health', '--data', data)).stdout).toMatch(
      /^alignment of 1 pairs of split test: 0\.5858/m,
    );
  });

  it.each([[[]], [['x.npy', '--data', 'y']]])('refuses %j', async (words) => {
    const { code, stderr } = await nearmiss('health', ...words);
    expect([code, stderr]).toEqual([
      2,
      `health: one must be given, FILE.npy or --data, got ${words.length === 0 ? 'neither' : 'both'}\n`,
    ]);
  });
});

describe('nearmiss drift', () => {
  it('warns of nothing where rows are as they were, however long', async () => {
    const found = await json('drift', at('noise.npy'), at('longer.npy'));
    expect(found).toMatchObject({ overlap: { mean: 1 }, rows: 300, sample: 300, warnings: [] });
    expect(found.residual).toBeLessThan(1e-3);
    expect(found.cosine.least).toBeCloseTo(1, 6);
    // a zero row has no direction to keep
    const holes = gaussian(300, 8, 1);
    holes.data.fill(0, 0, 100 * 8);
    await write('holes.npy', holes);
    expect(await json('drift', at('holes.npy'), at('holes.npy'))).toMatchObject({
      sample: 200,
      cosine: { mean: expect.closeTo(1, 6) },
      warnings: [],
    });
    const { stdout } = await nearmiss('drift', at('noise.npy'), at('longer.npy'));
    expect(stdout).toContain('nothing is past its limit');
  });

  it('warns of rows that are others, in words', async () => {
    const { overlap, residual, cosine, warnings } = await json('drift', at('noise.npy'), at('other.npy'));
    // by chance 10 of 299
    expect(overlap.mean).toBeLessThan(0.1);
    expect(residual).toBeGreaterThan(1);
    expect(Math.abs(cosine.mean)).toBeLessThan(0.1);
    expect(warnings).toHaveLength(3);
    const { stdout } = await nearmiss('drift', at('noise.npy'), at('other.npy'), '--least-overlap', '0');
    expect(stdout.match(/^warning: /gm)).toHaveLength(2);
  });

  it('compares neighbors of rows with other columns, and says that they cannot be mixed', async () => {
    const { cosine, warnings } = await json('drift', at('noise.npy'), at('wider.npy'));
    expect(cosine).toBeUndefined();
    expect(warnings).toContain(
      'the rows have 8 columns and now 9: old and new ones cannot stand in one index',
    );
  });

  it('refuses another number of rows', async () => {
    const { code, stderr } = await nearmiss('drift', at('noise.npy'), at('corners.npy'));
    expect([code, stderr]).toEqual([
      2,
      `${at('corners.npy')}: rows must be 300, as in ${at('noise.npy')}, got 7\n`,
    ]);
  });
});

describe('nearmiss labelled', () => {
  it('has what follows by hand: all perfect but for a row alone', async () => {
    const found = await json('labelled', at('corners.npy'), '--labels', at('labels.txt'));
    expect(found).toMatchObject({
      'precision@1': 1,
      'r-precision': 1,
      'map@r': 1,
      map: 1,
      mrr: 1,
      nmi: 1,
      ami: 1,
      rows: 7,
      classes: 3,
      alone: 1,
      intervals: { map: [1, 1] },
    });
    expect(found.silhouette).toBeGreaterThan(0.9);
  });

  it('counts what is nearer than its own, by hand', async () => {
    // rows at 0°, 10° of a and at 4°, 40° of b: the nearest are 4°, 4°, 0° and 10°, all of the other class
    const angles = [0, 10, 4, 40].map((degrees) => (degrees * Math.PI) / 180);
    await write('mixed.npy', fromRows(angles.map((angle) => [Math.cos(angle), Math.sin(angle)])));
    await writeFile(
      at('mixed.jsonl'),
      '{"label":"a"}\n{"label":"a"}\n{"class":7}\n{"metadata":{"class":"7"}}\n',
    );
    const found = await json('labelled', at('mixed.npy'), '--labels', at('mixed.jsonl'));
    // the own is second of 0°, 10°, and third of 4°; of 40° second: 10°, 4°, 0°
    expect(found).toMatchObject({
      'precision@1': 0,
      'r-precision': 0,
      mrr: expect.closeTo((3 / 2 + 1 / 3) / 4, 12),
    });
  });

  it.each([
    [
      'labels.txt',
      'noise.npy',
      /labels\.txt: must have a label for each of 300 rows of .*noise\.npy, got 7\n$/,
    ],
    ['one.txt', 'corners.npy', /one\.txt: must have two labels, got 1\n$/],
    ['blank.txt', 'corners.npy', /blank\.txt line 2: must have a label, got ''\n$/],
    [
      'none.jsonl',
      'corners.npy',
      /none\.jsonl line 1: must be an object with a label, got '\{"text":"x"\}'\n$/,
    ],
  ])('refuses %s for %s', async (labels, rows, sentence) => {
    await writeFile(at('one.txt'), 'a\n'.repeat(7));
    await writeFile(at('blank.txt'), 'a\n\nb\n');
    await writeFile(at('none.jsonl'), '{"text":"x"}\n');
    const { code, stderr } = await nearmiss('labelled', at(rows), '--labels', at(labels));
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });

  it('reads labels in the order they come, numbers and texts the same', async () => {
    const { of, names } = await readLabels(at('labels.txt'));
    expect([...of]).toEqual([0, 0, 0, 1, 1, 1, 2]);
    expect([...names]).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
  });
});
