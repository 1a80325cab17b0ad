import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LABELLED_LOSSES } from '../../../pipelines/training/options.ts';
import { fromRows } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { readNpyMatrix, writeNpy } from '../../../src/formats/npy.ts';
import { load, loadTexts } from '../../../src/models/model-file.ts';
import { scratch } from '../../formats/fixture.ts';
import { nearmiss } from '../command.ts';

const files = scratch();
const SLOW = process.env['NEARMISS_SLOW'] === '1';
const [CLASSES, EACH, DIM] = [12, 20, 8];

/** Rows of classes that differ in their first half, quietly, and not at all in the second, which is loud. */
async function writeRows(name: string, seed: number): Promise<string> {
  const { normal } = random(seed);
  const centers = Array.from({ length: CLASSES }, () => Array.from({ length: DIM / 2 }, normal));
  const labels = Array.from({ length: CLASSES * EACH }, (_, i) => i % CLASSES);
  const rows = fromRows(
    labels.map((label) => [
      ...centers[label].map((value) => value + 0.3 * normal()),
      ...Array.from({ length: DIM / 2 }, () => 3 * normal()),
    ]),
  );
  await writeNpy(files.path(`${name}.npy`), [rows], rows);
  await files.write(`${name}.txt`, labels.map((label) => `${name} ${label}\n`).join(''));
  return `${files.path(`${name}.npy`)},${files.path(`${name}.txt`)}`;
}

describe('nearmiss train --labelled', { timeout: 120_000 }, () => {
  let words: readonly string[];
  beforeAll(async () => {
    const [train, dev, test] = [
      await writeRows('train', 1),
      await writeRows('dev', 2),
      await writeRows('test', 3),
    ];
    words = ['train', '--labelled', train, '--dev-labelled', dev, '--test-labelled', test, '--batch', '48'];
    words = [...words, '--steps', '60', '--rate', '0.03', '--json'];
  });

  it('learns what classes it never saw are told apart by, and says so', async () => {
    const out = files.path('trained');
    const { code, stdout } = await nearmiss(...words, '--out', out);
    expect(code).toBe(0);
    const { raw, trained, interval, best, rows, steps } = JSON.parse(stdout);
    expect({ rows, steps }).toEqual({ rows: CLASSES * EACH, steps: 60 });
    expect(trained['MAP@R']).toBeGreaterThan(raw['MAP@R']);
    expect(interval['MAP@R'][0]).toBeGreaterThan(0.1);
    expect(best.value).toBeGreaterThan(0.2);
    expect((await readdir(out)).sort()).toEqual([
      'README.md',
      'mean.npy',
      'model.onnx',
      'model.safetensors',
      'weights.npy',
    ]);
    const embed = await load(join(out, 'model.safetensors'));
    expect(embed(await readNpyMatrix(files.path('test.npy'))).cols).toBe(DIM);
    const card = await readFile(join(out, 'README.md'), 'utf8');
    expect(card).toContain('Learned from 240 rows of 12 labels of ');
    expect(card).toMatch(/\| MAP@R \| 0\.\d{4} \[/);
  });

  it.each(SLOW ? LABELLED_LOSSES : LABELLED_LOSSES.slice(-3))(
    'gains by %s, of whitened vectors',
    async (loss) => {
      const { code, stdout } = await nearmiss(...words, '--loss', loss, '--whiten', '--temperature', '0.2');
      expect(code).toBe(0);
      const { raw, trained } = JSON.parse(stdout);
      expect(trained['MAP@R']).toBeGreaterThan(raw['MAP@R'] + 0.05);
    },
  );

  it('learns an encoder of texts', async () => {
    const { below } = random(4);
    const line = (_: unknown, i: number): string =>
      `${JSON.stringify({ text: `alpha${i % 12} noise${below(40)} noise${below(40)} noise${below(40)}`, label: i % 12 })}\n`;
    const [train, test] = [Array.from({ length: 240 }, line), Array.from({ length: 120 }, line)];
    const paths = [
      await files.write('train.jsonl', train.join('')),
      await files.write('test.jsonl', test.join('')),
    ];
    const out = files.path('encoder');
    const { code, stdout } = await nearmiss(
      'train',
      '--encoder',
      'texts',
      '--labelled',
      paths[0],
      '--test-labelled',
      paths[1],
      '--batch',
      '48',
      '--steps',
      '40',
      '--rate',
      '0.01',
      '--dim',
      '16',
      '--model',
      'none',
      '--out',
      out,
      '--json',
    );
    expect(code).toBe(0);
    const { untrained, trained } = JSON.parse(stdout);
    expect(trained['MAP@R']).toBeGreaterThan(untrained['MAP@R'] + 0.1);
    const embed = await loadTexts(join(out, 'model.safetensors'));
    expect(embed(['alpha1', 'noise2']).cols).toBe(16);
  });

  it.each<readonly [string, RegExp]>([
    ['train.npy', /^train: labelled rows must be ROWS,LABELS, unless .*, got .*train\.npy\n$/],
    ['train.npy,train.short', /train\.short: labels must be 240, one for each row of .*train\.npy, got 2\n$/],
    ['nothing.npy,train.txt', /nothing\.npy: must be a file that can be read, got /],
  ])('refuses %s in one sentence', async (paths, message) => {
    await files.write('train.short', 'a\nb\n');
    const all = paths
      .split(',')
      .map((name) => files.path(name))
      .join(',');
    const { code, stdout, stderr } = await nearmiss('train', '--labelled', all);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
