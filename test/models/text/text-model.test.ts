import { readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import {
  readSafetensorsBytes,
  safetensorsHeader,
  writeSafetensors,
} from '../../../src/formats/safetensors.ts';
import type { Layer } from '../../../src/models/layers.ts';
import { linear } from '../../../src/models/linear.ts';
import { type Layers, load, loadTexts, saveModel, saveOnnx } from '../../../src/models/model-file.ts';
import { projected } from '../../../src/models/stacked.ts';
import { bagLayer } from '../../../src/models/text/bag-layer.ts';
import { embeddingBag } from '../../../src/models/text/embedding-bag.ts';
import { paddedBags } from '../../../src/models/text/padded-bags.ts';
import {
  textBags,
  type Vocabulary,
  vocabulary,
  vocabularyRows,
} from '../../../src/models/text/vocabulary.ts';
import { scratch } from '../../formats/fixture.ts';
import { expectClose, gaussian } from '../../matrices.ts';

const files = scratch();

const normalize: Layer = { kind: 'normalize', parameters: {} };
const TEXTS = ['a rose is a rose', 'a thorn', 'the Rose of Straße', '', '東京 タワー 😀'];
/** words a and b, each of half a text that has both */
const AB: Vocabulary = { words: ['a', 'b'], nGrams: [3, 5], buckets: 0 };

/** A file of texts with what its header says of the model replaced. */
async function altered(name: string, change: (nearmiss: string) => string): Promise<string> {
  const path = files.path(name);
  const kept = {
    words: ['rose', 'thorn'],
    nGrams: [3, 5],
    buckets: 2,
    idf: Float32Array.of(1, 2, 3, 4),
  } as const;
  await saveModel(path, [bagLayer(kept, gaussian(4, 3, 1))]);
  const { metadata } = await safetensorsHeader(path);
  const tensors = {
    'both.0.table': gaussian(4, 3, 1),
    'both.0.idf': fromRows([kept.idf]),
    'both.0.words': await readSafetensorsBytes(path, 'both.0.words'),
  };
  await writeSafetensors(path, tensors, { metadata: { nearmiss: change(metadata.get('nearmiss') ?? '') } });
  return path;
}

describe('a model of texts in a file', () => {
  it('is applied as it was, by hand', async () => {
    const path = files.path('by-hand.safetensors');
    await saveModel(path, [
      bagLayer(AB, fromRows([[6, 0], [0, 8]])), // prettier-ignore
      { kind: 'linear', parameters: { weights: fromRows([[1, 0, 10], [0, 1, 10]]) } }, // prettier-ignore
    ]);
    const embed = await loadTexts(path);
    // (6, 0) / 2 + (0, 8) / 2 = (3, 4), of length 5; a word that is not known is nothing
    expectClose(embed(['B a', 'a c', 'c']).data, [0.6, 0.8, 14, 1, 0, 10, 0, 0, 0], 1e-6);
    expect(embed([])).toEqual(matrix(0, 3));
  });

  it('gives what the encoder gave, to the bit, whatever the vocabulary', async () => {
    const models = fc.record({
      buckets: fc.constantFrom(0, 1, 64),
      least: fc.constantFrom(1, 2),
      weights: fc.constantFrom('idf', 'mean'),
      nGrams: fc.constantFrom<readonly [number, number]>([1, 2], [3, 5]),
      seed: fc.nat(99),
      more: fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(models, async ({ seed, more, weights, ...options }) => {
        const [path, texts] = [files.path('same.safetensors'), [...TEXTS, ...more]];
        const known = vocabulary(texts, { ...options, weights: weights === 'idf' ? 'idf' : 'mean' });
        const bag = embeddingBag({ rows: vocabularyRows(known), dim: 5, seed });
        const encoder = projected(bag, linear({ from: 5, to: 3, start: 'random', seed }));
        await saveModel(path, [
          bagLayer(known, bag.parameters.table),
          { kind: 'linear', parameters: { weights: encoder.parameters['projection.weights'] } },
        ]);
        const expected = encoder.forward(textBags(known)(texts)).output;
        expect((await loadTexts(path))(texts)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('has what both sides share once, and reads of two sides the one that is asked for', async () => {
    const path = files.path('towers.safetensors');
    const known = vocabulary(TEXTS, { least: 1, buckets: 8 });
    const table = gaussian(vocabularyRows(known), 4, 1);
    const [q, d] = [gaussian(4, 3, 2), gaussian(4, 3, 3)].map((weights) => ({ kind: 'linear', parameters: { weights } })); // prettier-ignore
    const bag = bagLayer(known, table);
    await saveModel(path, { query: [bag, q], document: [bag, d, normalize] });
    const { tensors } = await safetensorsHeader(path);
    expect(Array.from(tensors, ([name, { dtype }]) => `${name} ${dtype}`)).toEqual([
      'query.0.table F32',
      'query.0.idf F32',
      'query.1.weights F32',
      'document.1.weights F32',
      'query.0.words U8',
    ]);
    const [queries, documents] = [
      await loadTexts(path, { side: 'query' }),
      await loadTexts(path, { side: 'document' }),
    ];
    const unit = (await loadOf([bag]))(TEXTS);
    expect(queries(TEXTS)).toEqual((await rowsThrough([q]))(unit));
    expect(documents(TEXTS)).toEqual((await rowsThrough([d, normalize]))(unit));
    await expect(loadTexts(path)).rejects.toThrow(/side must be query or document, .* got none$/);
  });

  async function loadOf(layers: Layers) {
    const path = files.path('one.safetensors');
    await saveModel(path, layers);
    return loadTexts(path);
  }
  async function rowsThrough(layers: Layers) {
    const path = files.path('rows.safetensors');
    await saveModel(path, layers);
    return load(path);
  }

  it('stands on one side and rows on the other, and each reader names the other', async () => {
    const path = files.path('mixed.safetensors');
    await saveModel(path, { query: [bagLayer(AB, gaussian(2, 3, 1))], document: [normalize] });
    expect((await loadTexts(path, { side: 'query' }))(['a']).cols).toBe(3);
    expect((await load(path, { side: 'document' }))(matrix(1, 3)).cols).toBe(3);
    await expect(load(path, { side: 'query' })).rejects.toThrow(
      /mixed\.safetensors: must be a model of rows .*, got one of texts, which loadTexts is for$/,
    );
    await expect(loadTexts(path, { side: 'document' })).rejects.toThrow(
      /mixed\.safetensors: must be a model of texts .*, got one of rows, which load is for$/,
    );
  });

  it('refuses what does not fit, before anything is written', async () => {
    const path = files.path('never.safetensors');
    expect(() => bagLayer(AB, matrix(3, 2))).toThrow('bagLayer: table.rows must be 2, got 3');
    expect(() => bagLayer({ ...AB, idf: Float32Array.of(1, 0) }, matrix(2, 2))).toThrow(
      'bagLayer: idf[1] must be a finite number > 0, got 0',
    );
    const bag = bagLayer(AB, gaussian(2, 3, 1));
    await expect(
      saveModel(path, [bag, { kind: 'linear', parameters: { weights: matrix(4, 2) } }]),
    ).rejects.toThrow('saveModel: columns that the layers behind bag take must be 3, got 4');
    await expect(saveModel(path, [normalize, bag])).rejects.toThrow(/a layer must be of kind .*, got bag$/);
    for (const word of ['two\nlines', 'half \ud83d']) {
      await expect(
        saveModel(path, [bagLayer({ ...AB, words: ['a', word] }, bag.parameters.table)]),
      ).rejects.toThrow(`saveModel: word 1 must be a text of one line, got ${JSON.stringify(word)}`);
    }
    await expect(loadTexts(path)).rejects.toThrow(/must be a file that can be read/);
  });

  it.each<[string, (nearmiss: string) => string, RegExp]>([
    ['of later', (said) => said.replace('"version":1', '"version":2'), /must be of version 1, got 2$/],
    ['whose words are of another model', (said) => said.replace(/"sha256":"../, '"sha256":"zz'), /must have the words it was written with, got others, of SHA-256 \w{8}…$/], // prettier-ignore
    ['without n-grams', (said) => said.replace('"nGrams"', '"ngrams"'), /must say what n-grams and buckets its vocabulary has, got \{"buckets":2\}$/], // prettier-ignore
    ['of n-grams backwards', (said) => said.replace('[3,5]', '[5,3]'), /odd\.safetensors: the longest n-gram must be a whole number >= 5, got 3$/], // prettier-ignore
    ['of half a bucket', (said) => said.replace('"buckets":2', '"buckets":1.5'), /odd\.safetensors: buckets must be a whole number >= 0, got 1.5$/], // prettier-ignore
    ['of other buckets', (said) => said.replace('"buckets":2', '"buckets":3'), /odd\.safetensors: idf\.length must be 5, got 4$/], // prettier-ignore
    ['of other buckets that all weigh the same', (said) => said.replace('"buckets":2', '"buckets":3').replace(/,"idf":"[^"]*"/, ''), /odd\.safetensors: table\.rows must be 5, got 4$/], // prettier-ignore
    ['whose words are no tensor', (said) => said.replace('both.0.words', 'elsewhere'), /must have the tensor 'elsewhere'/], // prettier-ignore
    ['whose words are numbers', (said) => said.replace('both.0.words', 'both.0.idf'), /dtype must be U8, got F32$/], // prettier-ignore
    ['without a vocabulary', (said) => said.replace('"vocabulary"', '"v"'), /must say what its model is/],
    [
      'of weights that are numbers',
      (said) => said.replace(/"idf":"[^"]*"/, '"idf":3'),
      /must say what its model is/,
    ],
    ['without a table', (said) => said.replace('"table"', '"tables"'), /must say what its model is/],
  ])('refuses one %s', async (_, change, message) => {
    const path = await altered('odd.safetensors', change);
    await expect(loadTexts(path)).rejects.toThrow(message);
    await expect(loadTexts(path)).rejects.toThrow(RangeError);
  });

  it('refuses a file that was cut off anywhere, and one with a changed letter', async () => {
    const path = await altered('whole.safetensors', (said) => said);
    const bytes = await readFile(path);
    expect((await loadTexts(path))(['rose']).rows).toBe(1);
    for (const length of [0, 7, 8, 100, bytes.length - 20, bytes.length - 1]) {
      const cut = await files.write('cut.safetensors', bytes.subarray(0, length));
      await expect(loadTexts(cut)).rejects.toThrow(/^[^\n]*cut\.safetensors: [^\n]*$/);
    }
    const letter = bytes.lastIndexOf('thorn');
    bytes[letter] = bytes[letter] ^ 1;
    await writeFile(path, bytes);
    await expect(loadTexts(path)).rejects.toThrow(/must have the words it was written with/);
  });

  it('does the same as ONNX, in onnxruntime', async ({ skip }) => {
    const ort = await import('onnxruntime-node').catch((error: unknown) => String(error));
    if (typeof ort === 'string') return skip(`onnxruntime-node could not be loaded: ${ort}`);
    const known = vocabulary(TEXTS, { least: 1, buckets: 16 });
    const layers = [
      bagLayer(known, gaussian(vocabularyRows(known), 5, 1)),
      { kind: 'linear', parameters: { weights: gaussian(5, 3, 2) } },
      normalize,
    ];
    const [path, onnx] = [files.path('onnx.safetensors'), files.path('texts.onnx')];
    await saveModel(path, layers);
    await saveOnnx(onnx, layers);
    const session = await ort.InferenceSession.create(onnx);
    for (const texts of [TEXTS, [''], ['rose']]) {
      const { dims, ids, weights } = paddedBags(textBags(known)(texts));
      const { output } = await session.run({
        ids: new ort.Tensor('int64', ids, dims),
        weights: new ort.Tensor('float32', weights, dims),
      });
      expect(output.dims).toEqual([texts.length, 3]);
      expectClose(
        Float32Array.from(Object.values(output.data).map(Number)),
        (await loadTexts(path))(texts).data,
        1e-5,
      );
    }
    await session.release();
  });
});
