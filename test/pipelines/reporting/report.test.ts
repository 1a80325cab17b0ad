import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nearmiss } from '../command.ts';
import { noisy, tinyFolder } from '../tiny-folder.ts';

describe('--report', () => {
  let data = '';
  let out = '';
  beforeAll(async () => {
    data = await tinyFolder(noisy(120, 8));
    out = await mkdtemp(join(tmpdir(), 'nearmiss-report-'));
  });

  const told = async (name: string, ...words: readonly string[]): Promise<string> => {
    const { code, stderr } = await nearmiss(
      'evaluate',
      '--data',
      data,
      '--report',
      join(out, name),
      ...words,
    );
    expect(code, stderr).toBe(0);
    return readFile(join(out, name), 'utf8');
  };

  it('is by its ending a page, Markdown, LaTeX, CSV or JSON, and leaves nothing beside it', async () => {
    expect(await told('a.html')).toMatch(/^<!doctype html>/);
    expect(await told('a.md')).toMatch(/^# Retrieval on /);
    expect(await told('a.tex')).toMatch(/^% needs \\usepackage\{booktabs\}/);
    expect(await told('a.CSV')).toMatch(/^system,slice,/);
    expect(await told('a.json')).toMatch(/^\{"title":"Retrieval on /);
    expect(await readdir(out)).toEqual(['a.CSV', 'a.html', 'a.json', 'a.md', 'a.tex']);
  });

  it('has the figures that are printed, and says the same twice', async () => {
    const first = await told('b.json');
    const { stdout } = await nearmiss('evaluate', '--data', data, '--json');
    const { intervals, ...printed } = JSON.parse(stdout);
    const [raw] = JSON.parse(first).systems;
    expect(raw.name).toBe('raw');
    for (const [measure, { mean, interval }] of Object.entries<{ mean: number; interval: number[] }>(
      raw.figures,
    )) {
      expect(mean).toBe(printed[measure]);
      expect(interval).toEqual(intervals[measure]);
    }
    expect(await told('c.json')).toBe(first);
  });

  it('of the vectors that a training wrote is that of the training', async () => {
    const settings = ['--epochs', '4', '--batch', '20', '--rate', '0.05', '--budget', '10'];
    const trained = join(out, 'trained');
    const report = join(out, 'training.json');
    const words = ['--data', data, ...settings, '--out', trained, '--report', report];
    const { code, stderr } = await nearmiss('train', ...words);
    expect(code, stderr).toBe(0);
    const training = JSON.parse(await readFile(report, 'utf8'));
    expect(training.systems.map(({ name }: { name: string }) => name)).toEqual([
      'raw',
      'mean-centred',
      'trained',
    ]);

    const vectors = ['corpus', 'query'].flatMap((side) => [
      `--${side}-vectors`,
      join(trained, side === 'query' ? 'queries.npy' : 'corpus.npy'),
    ]);
    const against = JSON.parse(await told('against.json', '--against', data, ...vectors));
    expect(against.systems[1].name).toBe('trained');
    expect(against.systems[1].figures).toEqual(training.systems[2].figures);
    const [difference] = training.differences;
    expect(against.differences[0].figures).toEqual(difference.figures);
    expect(against.differences[0].counts).toEqual(difference.counts);
  });

  it.each([
    [
      ['--report', 'x.pdf'],
      /^evaluate: --report must end in \.html, \.md, \.tex, \.csv, \.json, got x\.pdf$/,
    ],
    [['--report', '/no/such/folder/x.html'], /^evaluate: --report must be in a folder that exists, got /],
    [['--against', 'x'], /^nearmiss: .*against -> report$/],
    [['--report', 'x.md', '--against', '/no/such'], /^\/no\/such\/corpus\.npy: must be a file/],
    [
      ['--report', 'x.md', '--qrels', 'q', '--run', 'r'],
      /^nearmiss: .*qrels and report are mutually exclusive$/,
    ],
  ])('%j is refused in one sentence, and nothing is written', async (words, sentence) => {
    const { code, stdout, stderr } = await nearmiss('evaluate', ...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(await readdir('.')).not.toContain('x.md');
  });

  it('keeps the file there was where the data is refused', async () => {
    const path = join(out, 'kept.md');
    await writeFile(path, 'as it was');
    const { code } = await nearmiss('evaluate', '--data', data, '--split', 'nosuch', '--report', path);
    expect(code).toBe(2);
    expect(await readFile(path, 'utf8')).toBe('as it was');
  });
});
