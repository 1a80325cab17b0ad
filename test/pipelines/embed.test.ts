import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import { readNpyMatrix, writeNpy } from '../../src/formats/npy.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import { scratch } from '../formats/fixture.ts';
import { expectClose, gaussian } from '../matrices.ts';
import { nearmiss } from './command.ts';
import { noisy, tinyFolder } from './tiny-folder.ts';

const files = scratch();

describe('nearmiss embed', () => {
  let [folder, trained] = ['', ''];
  beforeAll(async () => {
    folder = await tinyFolder(noisy(60, 8));
    trained = join(folder, 'trained');
    await nearmiss(
      'train',
      '--data',
      folder,
      '--epochs',
      '2',
      '--batch',
      '10',
      '--budget',
      '10',
      '--out',
      trained,
    );
  });
  const model = () => join(trained, 'model.safetensors');

  it('makes of the stored vectors what train wrote of them, however many rows at a time', async () => {
    for (const [side, file] of [
      ['query', 'queries.npy'],
      ['document', 'corpus.npy'],
    ] as const) {
      const out = files.path(`${side}.npy`);
      const result = await nearmiss(
        'embed',
        '--model',
        model(),
        '--side',
        side,
        join(folder, file),
        out,
        '--rows',
        '7',
        '--json',
      );
      expect(JSON.parse(result.stdout)).toEqual({ rows: 60, from: 8, to: 8, out });
      expect(await readNpyMatrix(out)).toEqual(await readNpyMatrix(join(trained, file)));
    }
  });

  it('and so does the .onnx beside it', async ({ skip }) => {
    const ort = await import('onnxruntime-node').catch((error: unknown) => String(error));
    if (typeof ort === 'string') return skip(`onnxruntime-node could not be loaded: ${ort}`);
    const session = await ort.InferenceSession.create(join(trained, 'model-query.onnx'));
    const { rows, cols, data } = await readNpyMatrix(join(folder, 'queries.npy'));
    const { output } = await session.run({ input: new ort.Tensor('float32', data, [rows, cols]) });
    const expected = await readNpyMatrix(join(trained, 'queries.npy'));
    expectClose(Float32Array.from(Object.values(output.data).map(Number)), expected.data, 1e-5);
  });

  it('takes a tensor of several, and writes float16', async () => {
    const [rows, out] = [gaussian(3, 8, 1), files.path('half.npy')];
    const input = files.path('two.safetensors');
    await writeSafetensors(input, { a: rows, b: matrix(2, 8) });
    const words = ['embed', '--model', model(), '--side', 'query', input, out];
    expect((await nearmiss(...words)).stderr).toMatch(
      /must have one tensor where none is named, got a, b\n$/,
    );
    expect(await nearmiss(...words, '--array', 'a', '--dtype', 'float16')).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect((await readNpyMatrix(out)).rows).toBe(3);
  });

  it('leaves a card that says what it was trained on, how, and what it reached', async () => {
    const card = await readFile(join(trained, 'README.md'), 'utf8');
    expect(card).toContain('Learned from 30 pairs of split train of ');
    expect(card).toContain('| `temperature` | 0.05 |');
    expect(card).toMatch(/\| ndcg@10 \| 0\.\d{4} \[0\.\d{4}, 0\.\d{4}\] \|/);
    expect(card).toMatch(/Made by nearmiss 0\.1\.0 on Node\.js \d+\..*, seed 0\./);
    expect(card).not.toMatch(/undefined|NaN/);
  });

  it('refuses what does not fit in one sentence, and writes nothing', async () => {
    const wide = files.path('wide.npy');
    await writeNpy(wide, [gaussian(2, 9, 1)], { rows: 2, cols: 9 });
    const before = await readdir(files.path('.'));
    const out = files.path('out.npy');
    const queries = join(folder, 'queries.npy');
    const cases: readonly [words: readonly string[], message: RegExp][] = [
      [
        ['--model', model(), '--side', 'query', wide, out],
        /model\.safetensors: rows\.cols must be 8, got 9\n$/,
      ],
      [
        ['--model', model(), queries, out],
        /side must be query or document, which this model embeds differently, got none\n$/,
      ],
      [['--model', queries, queries, out], /queries\.npy: must have a header of at most/],
      [
        ['--model', model(), '--side', 'query', queries, files.path('out.txt')],
        /^embed: OUT must end in \.npy, got /,
      ],
      [
        ['--model', model(), '--side', 'query', queries, '/no/such/out.npy'],
        /^embed: OUT must be in a folder that exists/,
      ],
      [
        ['--model', model(), '--side', 'query', queries, out, '--rows', '0'],
        /^embed: --rows must be a whole number >= 1, got 0\n$/,
      ],
    ];
    for (const [words, message] of cases) {
      const result = await nearmiss('embed', ...words);
      expect([result.code, result.stderr]).toEqual([2, expect.stringMatching(message)]);
    }
    expect(await readdir(files.path('.'))).toEqual(before);
  });
});
