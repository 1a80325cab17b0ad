import { mkdir, readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromRows, matrix, stack } from '../../src/core/matrix.ts';
import { readNpyMatrix } from '../../src/formats/npy.ts';
import { loadTexts, saveModel } from '../../src/models/model-file.ts';
import { bagLayer } from '../../src/models/text/bag-layer.ts';
import { vocabulary, vocabularyRows } from '../../src/models/text/vocabulary.ts';
import { fixture, scratch } from '../formats/fixture.ts';
import { expectClose, gaussian } from '../matrices.ts';
import { tinyTextModel } from '../models/tiny-text-model.ts';
import { nearmiss } from './command.ts';

const files = scratch();
const DOCUMENTS = ['A rose, is a rose', 'of one thorn', '', 'the rose'];
const RECORDS = [
  '{"_id": "1", "title": "A rose,", "text": "is a rose", "metadata": {}}',
  '{"_id": "2", "title": "", "text": "of one thorn"}',
  '{"_id": "3", "text": ""}',
  '{"_id": "4", "text": "the rose"}',
];

describe('nearmiss embed of texts', () => {
  const [model, out] = [() => files.path('model.safetensors'), () => files.path('out.npy')];
  beforeAll(async () => {
    const known = vocabulary(DOCUMENTS, { least: 1, buckets: 32 });
    const bag = bagLayer(known, gaussian(vocabularyRows(known), 6, 1));
    const head = { kind: 'linear', parameters: { weights: gaussian(6, 3, 2) } };
    await saveModel(model(), { query: [bag], document: [bag, head] });
    await files.write('corpus.jsonl', RECORDS.join('\n'));
    await files.write('corpus.jsonl.gz', gzipSync(RECORDS.join('\n')));
  });

  it.each(['corpus.jsonl', 'corpus.jsonl.gz'])(
    'makes of %s what the model makes of its texts, however many at a time',
    async (name) => {
      for (const [side, cols, rows] of [
        ['query', 6, '3'],
        ['document', 3, '4096'],
      ] as const) {
        // prettier-ignore
        const words = ['--model', model(), '--side', side, files.path(name), out(), '--rows', rows, '--json'];
        const { stdout, stderr, code } = await nearmiss('embed', ...words);
        expect(code, stderr).toBe(0);
        expect(JSON.parse(stdout)).toEqual({ rows: 4, from: 'texts', to: cols, out: out() });
        expect(await readNpyMatrix(out())).toEqual((await loadTexts(model(), { side }))(DOCUMENTS));
      }
    },
  );

  it('takes Parquet, and a file of no texts', async () => {
    const { code, stderr } = await nearmiss('embed', '--model', model(), '--side', 'query', fixture('corpus.parquet'), out()); // prettier-ignore
    expect([code, stderr]).toEqual([0, `5 texts embedded in 6 columns: ${out()}\n`]);
    expect((await readNpyMatrix(out())).rows).toBe(5);
    const none = await files.write('none.jsonl', '');
    await nearmiss('embed', '--model', model(), '--side', 'query', none, out());
    expect(await readNpyMatrix(out())).toEqual(matrix(0, 6));
  });

  it('embeds by a model of elsewhere, in a folder', async () => {
    // [PAD], [UNK], [CLS], rose, query:
    const table = fromRows([[1000, 1000], [0, 10], [3, 4], [9, 2], [0, 6]]); // prettier-ignore
    const folder = await tinyTextModel(files.path('tiny'), ['rose', 'query:'], table);
    const input = await files.write(
      'asks.jsonl',
      '{"text":"Rose"}\n{"text":"the rose"}\n{"text":"rose rose"}\n',
    );
    const unit = (x: number, y: number) => fromRows([[x / Math.hypot(x, y), y / Math.hypot(x, y)]]);
    const mean = await nearmiss('embed', '--text-model', folder, '--prefix', 'query: ', '--batch', '2', '--rows', '2', input, out()); // prettier-ignore
    expect([mean.code, mean.stderr]).toEqual([0, `3 texts embedded in 2 columns: ${out()}\n`]);
    // the sums of [CLS], query: and the words, which point where their means do
    expectClose(
      (await readNpyMatrix(out())).data,
      stack(unit(12, 12), unit(12, 22), unit(21, 14)).data,
      1e-6,
    );
    await nearmiss('embed', '--text-model', folder, '--pooling', 'cls', input, out(), '--dtype', 'float16');
    expectClose((await readNpyMatrix(out())).data, [0.6, 0.8, 0.6, 0.8, 0.6, 0.8], 1e-3);
  });

  it('refuses what does not fit in one sentence, and writes nothing', async () => {
    const rows = files.path('rows.safetensors');
    await saveModel(rows, [{ kind: 'normalize', parameters: {} }]);
    const corpus = files.path('corpus.jsonl');
    const bad = await files.write('bad.jsonl', `${RECORDS[0]}\n{"_id": "2"}\n`);
    await mkdir(files.path('empty'));
    const target = files.path('never.npy');
    const before = await readdir(files.path('.'));
    const cases: readonly [words: readonly string[], message: RegExp][] = [
      [['--model', model(), '--side', 'query', bad], /bad\.jsonl line 2: must have a text, got _id\n$/],
      [['--model', model(), corpus], /side must be query or document, .* got none\n$/],
      [['--model', rows, corpus], /must be a model of texts .*, got one of rows, which load is for\n$/],
      [['--model', model(), '--side', 'query', rows], /must be a model of rows .*, got one of texts, which loadTexts is for\n$/], // prettier-ignore
      [['--model', model(), '--side', 'query', corpus, '--array', 'a'], /^embed: --array must be of a file of rows, got /], // prettier-ignore
      [[corpus], /^embed: --model or --text-model must be given, got neither\n$/],
      [
        ['--text-model', 'no-such-folder', corpus],
        /^no-such-folder: must be a folder with a config\.json or /,
      ],
      [['--text-model', files.path('empty'), corpus], /empty: must be a folder with a config\.json or /],
      [['--text-model', files.path('tiny'), rows], /^embed: IN must be texts .* for --text-model, got /],
      [['--text-model', files.path('tiny'), corpus, '--batch', '0'], /^onnxTexts: batch must be a whole number >= 1, got 0\n$/], // prettier-ignore
      [
        ['--model', model(), '--text-model', files.path('tiny'), corpus],
        /^nearmiss: .*mutually exclusive\n$/,
      ],
      [['--model', model(), '--prefix', 'query: ', corpus], /^nearmiss: .*mutually exclusive\n$/],
    ];
    for (const [words, message] of cases) {
      const result = await nearmiss('embed', ...words, target);
      expect([result.code, result.stderr]).toEqual([2, expect.stringMatching(message)]);
    }
    expect(await readdir(files.path('.'))).toEqual(before);
  });
});
