import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { fromRows, matrix, row, rowsBetween } from '../../src/core/matrix.ts';
import { onnxTexts } from '../../src/models/onnx-texts.ts';
import { scratch } from '../formats/fixture.ts';
import { expectClose } from '../matrices.ts';
import { tinyTextModel } from './tiny-text-model.ts';

const files = scratch();

/** [PAD], which would show in every mean, [UNK], [CLS], and the words */
const TABLE = fromRows([[1000, 1000], [0, -12], [0, 0], [6, 0], [0, 8], [30, 40]]); // prettier-ignore
const WORDS = ['red', 'blue', 'query:'];

describe('onnxTexts', () => {
  let folder = '';
  beforeAll(async () => {
    const table = matrix(6, 2, TABLE.data.slice());
    // [CLS] has a row of its own
    row(table, 2).set([3, 4]);
    folder = await tinyTextModel(files.path('tiny'), WORDS, table);
  });

  it('is the mean of the tokens, padding aside, by hand', async () => {
    const embed = await onnxTexts(folder, { normalize: false });
    // [CLS] red, [CLS] Blue red x, [CLS]
    const { rows, cols, data } = await embed(['red', 'Blue red x', '']);
    expect([rows, cols]).toEqual([3, 2]);
    expectClose(data, [9 / 2, 4 / 2, 9 / 4, 0, 3, 4], 1e-6);
    expect(await embed([])).toEqual(matrix(0, 2));
  });

  it('is the first token where it is asked for, and of unit length', async () => {
    const first = await onnxTexts(folder, { pooling: 'cls', normalize: false });
    expect((await first(['blue', 'red red'])).data).toEqual(Float32Array.of(3, 4, 3, 4));
    const unit = await onnxTexts(folder, { pooling: 'cls' });
    expectClose((await unit(['blue'])).data, [0.6, 0.8], 1e-6);
  });

  it('puts a prefix before each text, and cuts what is too long', async () => {
    const embed = await onnxTexts(folder, { prefix: 'query: ', normalize: false });
    // [CLS] query: blue
    expectClose((await embed(['blue'])).data, [33 / 3, 52 / 3], 1e-5);
    // [CLS] and four of five, of a model of 5 tokens
    const plain = await onnxTexts(folder, { normalize: false });
    expectClose((await plain(['red red red red blue'])).data, [27 / 5, 4 / 5], 1e-6);
  });

  it('gives each text its own row, however many go through at a time', async () => {
    const text = fc
      .array(fc.constantFrom('red', 'blue', 'green'), { maxLength: 6 })
      .map((words) => words.join(' '));
    const one = await onnxTexts(folder, { batch: 1 });
    const some = await onnxTexts(folder, { batch: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (texts) => {
        const together = await some(texts);
        for (const [i, each] of texts.entries()) {
          expectClose(rowsBetween(together, i, i + 1).data, (await one([each])).data, 1e-6);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('refuses in a sentence what is no model, and asks nothing of the network', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const { env } = await import('@huggingface/transformers');
    const asked = vi.spyOn(env, 'fetch');
    await expect(onnxTexts('nobody/no-such-model')).rejects.toThrow(
      'nobody/no-such-model: must be a folder with a config.json or a model that was fetched before, got none',
    );
    const bare = files.path('bare');
    await mkdir(bare, { recursive: true });
    await writeFile(join(bare, 'config.json'), '{"model_type":"bert"}');
    await expect(onnxTexts(bare)).rejects.toThrow(/bare: must be a model that embeds texts, got [^\n]+$/);
    const broken = await tinyTextModel(files.path('broken'), WORDS, TABLE);
    await writeFile(join(broken, 'onnx', 'model.onnx'), 'no graph');
    await expect(onnxTexts(broken)).rejects.toThrow(/broken: must be a model that embeds texts, got [^\n]+$/);
    await expect(onnxTexts(folder, { dtype: 'q8' })).rejects.toThrow(/model_quantized\.onnx/);
    await expect(onnxTexts(folder, { batch: 0 })).rejects.toThrow(
      'onnxTexts: batch must be a whole number >= 1, got 0',
    );
    expect([...fetched.mock.calls, ...asked.mock.calls]).toEqual([]);
    vi.restoreAllMocks();
  });

  it('refuses an embedding that is not finite, by the number of its text', async () => {
    const table = matrix(6, 2, TABLE.data.slice());
    row(table, 4).set([Infinity, 0]);
    const embed = await onnxTexts(await tinyTextModel(files.path('infinite'), WORDS, table));
    await expect(embed(['red', 'red blue', 'red'])).rejects.toThrow(
      /infinite: embeddings row 1 must be finite, got Infinity in column 0$/,
    );
  });

  it('names the package where it is missing', async () => {
    vi.doMock('@huggingface/transformers', () => {
      throw new Error('not there');
    });
    vi.resetModules();
    const anew = await import('../../src/models/onnx-texts.ts');
    await expect(anew.onnxTexts(folder)).rejects.toThrow(
      'needs the package @huggingface/transformers (npm install @huggingface/transformers), got none installed',
    );
    vi.doUnmock('@huggingface/transformers');
  });
});
