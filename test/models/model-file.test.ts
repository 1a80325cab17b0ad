import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { safetensorsHeader, writeSafetensors } from '../../src/formats/safetensors.ts';
import type { Layer } from '../../src/models/layers.ts';
import { load, saveModel, saveOnnx } from '../../src/models/model-file.ts';
import { scratch } from '../formats/fixture.ts';
import { expectClose, gaussian } from '../matrices.ts';

const files = scratch();

const normalize: Layer = { kind: 'normalize', parameters: {} };
const centering = (mean: Matrix): Layer => ({ kind: 'centering', parameters: { mean } });
const linear = (weights: Matrix): Layer => ({ kind: 'linear', parameters: { weights } });
const lowRank = (down: Matrix, up: Matrix): Layer => ({ kind: 'lowRank', parameters: { down, up } });

const mlpOf = (dim: number, seed: number): Layer => ({
  kind: 'mlp',
  parameters: {
    inner: gaussian(dim, 5, seed, 6),
    innerBias: gaussian(1, 5, seed, 7),
    outer: gaussian(5, dim, seed, 8),
    outerBias: gaussian(1, dim, seed, 9),
  },
});

describe('a model in a file', () => {
  it('is applied as it was', async () => {
    const path = files.path('by-hand.safetensors');
    await saveModel(path, [
      normalize,
      centering(fromRows([[0.1, 0.3]])),
      linear(fromRows([[2, 0, 1], [0, 1, 1]])), // prettier-ignore
    ]);
    const embed = await load(path);
    // (3, 4) / 5 - (.1, .3) = (.5, .5); a zero row stays one
    expectClose(embed(fromRows([[3, 4], [0, 0]])).data, [1, 0.5, 1, 0, 0, 0], 1e-6); // prettier-ignore
    expect(() => embed(matrix(1, 3))).toThrow('by-hand.safetensors: rows.cols must be 2, got 3');
    // x + x A B
    await saveModel(path, [lowRank(fromRows([[1], [2]]), fromRows([[10, 0]]))]); // prettier-ignore
    expect((await load(path))(fromRows([[3, 4]])).data).toEqual(Float32Array.of(113, 4));
  });

  it('has a matrix of both sides once, and says whose rows it must be given', async () => {
    const path = files.path('sides.safetensors');
    const weights = gaussian(4, 3, 1);
    const [q, d] = [gaussian(1, 4, 2), gaussian(1, 4, 3)];
    await saveModel(
      path,
      { query: [centering(q), linear(weights)], document: [centering(d), linear(weights)] },
      { metadata: { more: 'said' } },
    );
    const { tensors, metadata } = await safetensorsHeader(path);
    expect([...tensors.keys()]).toEqual(['query.0.mean', 'query.1.weights', 'document.0.mean']);
    expect(metadata.get('more')).toBe('said');
    await expect(load(path)).rejects.toThrow(
      /side must be query or document, which this model embeds differently, got none$/,
    );
    const [asQuery, asDocument] = [
      await load(path, { side: 'query' }),
      await load(path, { side: 'document' }),
    ];
    const x = gaussian(5, 4, 4);
    expect(asQuery(x).data).not.toEqual(asDocument(x).data);
    // rows that are moved by the difference of the means come out the same
    const moved = matrix(
      5,
      4,
      x.data.map((value, e) => value - q.data[e % 4] + d.data[e % 4]),
    );
    expectClose(asDocument(moved).data, asQuery(x).data, 1e-5);
  });

  it('refuses what fits nothing, before anything is written', async () => {
    const path = files.path('never.safetensors');
    await expect(saveModel(path, [linear(matrix(2, 3)), linear(matrix(2, 3))])).rejects.toThrow(
      'saveModel: columns that layer 1 (linear) takes must be 3, got 2',
    );
    await expect(saveModel(path, [{ kind: 'transformer', parameters: {} }])).rejects.toThrow(
      'saveModel: a layer must be of kind normalize or centering or linear or lowRank or mlp, got transformer',
    );
    await expect(saveModel(path, [{ kind: 'linear', parameters: {} }])).rejects.toThrow(
      'layer 0 (linear) must have weights, got none',
    );
    await expect(saveOnnx(path, [normalize])).rejects.toThrow(/must say how many columns it takes/);
    await expect(load(path)).rejects.toThrow(/never\.safetensors: must be a file that can be read/);
  });

  it.each([
    ['another file', undefined, /must be a model that nearmiss wrote, got other safetensors$/],
    ['no JSON', '{', /must be of version 1, got undefined$/],
    ['of later', '{"version":2}', /must be of version 1, got 2$/],
    ['of another side', '{"version":1,"sides":{"left":[]}}', /must say what its model is/],
    [
      'a matrix that is not there',
      '{"version":1,"sides":{"both":[{"kind":"linear","parameters":{"weights":"toString"}}]}}',
      /must say what/,
    ],
    [
      'layers of another kind',
      '{"version":1,"sides":{"both":[{"kind":"toString","parameters":{}}]}}',
      /must be of kind .*, got toString$/,
    ],
    [
      'layers that lack a matrix',
      '{"version":1,"sides":{"both":[{"kind":"linear","parameters":{}}]}}',
      /must have weights/,
    ],
  ])('refuses %s', async (_, nearmiss, message) => {
    const path = files.path('odd.safetensors');
    await writeSafetensors(
      path,
      { w: matrix(1, 1) },
      nearmiss === undefined ? {} : { metadata: { nearmiss } },
    );
    await expect(load(path)).rejects.toThrow(message);
    await expect(load(path)).rejects.toThrow(RangeError);
  });

  const runtime = import('onnxruntime-node').catch((error: unknown) => String(error));

  it('does the same as ONNX, in onnxruntime', async ({ skip }) => {
    const ort = await runtime;
    if (typeof ort === 'string') return skip(`onnxruntime-node could not be loaded: ${ort}`);
    const layers = fc.record({
      dim: fc.integer({ min: 1, max: 6 }),
      to: fc.integer({ min: 1, max: 6 }),
      rows: fc.integer({ min: 1, max: 5 }),
      seed: fc.nat(999),
      scale: fc.constantFrom(1, 1e-30, 1e25),
      zero: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(layers, async ({ dim, to, rows, seed, scale, zero }) => {
        const chain = [
          normalize,
          centering(gaussian(1, dim, seed, 1)),
          lowRank(gaussian(dim, 2, seed, 2), gaussian(2, dim, seed, 3)),
          mlpOf(dim, seed),
          linear(gaussian(dim, to, seed, 4)),
          normalize,
        ];
        const [path, onnx] = [files.path('same.safetensors'), files.path('same.onnx')];
        await saveModel(path, chain);
        await saveOnnx(onnx, chain, { metadata: { seed: String(seed) } });
        const x = matrix(rows, dim, gaussian(rows, dim, seed, 5).data.map((value) => value * scale)); // prettier-ignore
        if (zero) x.data.fill(0, 0, dim);
        const session = await ort.InferenceSession.create(onnx);
        const { output } = await session.run({ input: new ort.Tensor('float32', x.data, [rows, dim]) });
        expect(output.dims).toEqual([rows, to]);
        expectClose(
          Float32Array.from(Object.values(output.data).map(Number)),
          (await load(path))(x).data,
          2e-5,
        );
        await session.release();
      }),
      { numRuns: 40 },
    );
  });

  it('is refused by onnxruntime with other columns, as by us', async ({ skip }) => {
    const ort = await runtime;
    if (typeof ort === 'string') return skip(`onnxruntime-node could not be loaded: ${ort}`);
    const onnx = files.path('cols.onnx');
    await saveOnnx(onnx, [linear(gaussian(3, 2, 1))]);
    const session = await ort.InferenceSession.create(onnx);
    await expect(
      session.run({ input: new ort.Tensor('float32', new Float32Array(4), [1, 4]) }),
    ).rejects.toThrow(/Got: 4 Expected: 3/);
    await writeFile(onnx, 'no graph');
    await expect(ort.InferenceSession.create(onnx)).rejects.toThrow(/protobuf/i);
  });
});
