import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/catalog/catalog.ts';
import { inputsOf, isTuples, NUMBERS, type Input } from '../../src/catalog/input.ts';
import { idLists } from '../../src/core/batches.ts';
import { fromRows, gather, type Matrix, matrix } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { nearMisses } from '../../src/miners/near-misses.ts';
import { flat } from '../../src/neighbors/flat.ts';
import { answered } from '../../src/service/calls.ts';
import type { NamedArray } from '../../src/service/message.ts';
import { emptyService, type Service, type ServiceOptions } from '../../src/service/service.ts';
import { list, message, rowsOf } from './messages.ts';

const service = (options: Partial<ServiceOptions> = {}): Service =>
  emptyService({ kind: 'exact', distance: cosine, ef: 100, most: 2 ** 20, ...options });

const fail = (error: unknown): never => {
  throw error;
};

const ask = (
  to: Service,
  header: Readonly<Record<string, unknown>>,
  arrays: Readonly<Record<string, NamedArray>> = {},
) => answered(to, message(header, arrays), fail);

function waves(rows: number, cols: number, seed: number): Matrix {
  const m = matrix(rows, cols);
  m.data.forEach((_, e) => (m.data[e] = Math.sin(seed + 1.7 * e + 0.3 * (e % 7))));
  return m;
}

const [anchors, positives, negatives] = [waves(6, 5, 1), waves(6, 5, 2), waves(4, 5, 3)];

describe('score', () => {
  it('is the loss itself, to the bit', async () => {
    const owned = Uint32Array.of(1, 0, 2, 0, 1, 0);
    const ids = Uint32Array.of(3, 4, 3, 5, 6, 7);
    const known = Uint32Array.of(0, 4, 5, 3);
    const answer = await ask(
      service(),
      {
        id: 'a',
        call: 'score',
        loss: 'infoNce',
        options: { symmetric: true, negatives: 'own', hardness: 'strength=0.5,of=own' },
        values: { logScale: 1.25 },
      },
      {
        anchors: rowsOf(anchors),
        positives: rowsOf(positives),
        negatives: rowsOf(negatives),
        owned: list(owned),
        ids: list(ids),
        known: { shape: [2, 2], data: known },
      },
    );
    const { value, active, terms, gradients } = infoNce({
      symmetric: true,
      negatives: 'own',
      hardness: { strength: 0.5, of: 'own' },
    })({
      anchors,
      positives,
      negatives,
      owned,
      ids,
      known: idLists([[4], [], [], [], [], [3]]),
      logScale: 1.25,
    });
    expect(answer.header).toEqual({ id: 'a', value, active, gradients: { logScale: gradients.logScale } });
    expect(Object.fromEntries(answer.arrays)).toEqual({
      'gradients.anchors': rowsOf(gradients.anchors),
      'gradients.positives': rowsOf(gradients.positives),
      'gradients.negatives': rowsOf(gradients.negatives ?? matrix(0, 0)),
      terms: list(terms ?? new Float32Array(0)),
    });
  });

  it('takes labels and tuples', async () => {
    const labels = Int32Array.of(0, 0, 1, 1, 2, 2);
    const answer = await ask(
      service(),
      { call: 'score', loss: 'triplet', options: { margin: '1.5' } },
      {
        embeddings: rowsOf(anchors),
        labels: list(labels),
        triplets: { shape: [2, 3], data: Uint32Array.of(0, 1, 2, 5, 4, 3) },
      },
    );
    const { value } = triplet({ margin: 1.5 })({
      embeddings: anchors,
      labels,
      triplets: {
        anchors: Uint32Array.of(0, 5),
        positives: Uint32Array.of(1, 4),
        negatives: Uint32Array.of(2, 3),
      },
    });
    expect(value).toBeGreaterThan(0);
    expect(answer.header.value).toBe(value);
  });

  const views = { anchors: rowsOf(anchors), positives: rowsOf(positives) };

  it.each([
    [{ loss: 7 }, {}, 'score: loss must be a name, got 7'],
    [{ loss: 'infonce' }, {}, "score: LOSS must be infoNce, got 'infonce'"],
    [{}, { anchors: rowsOf(anchors) }, 'infoNce: positives must be given, got none'],
    [
      {},
      { ...views, labelz: list(Int32Array.of(1)) },
      /^infoNce: an input must be anchors or .*, got labelz$/,
    ],
    [
      { options: { temperature: [1] } },
      views,
      'infoNce: option temperature must be text, a number, true or false, got [1]',
    ],
    [{ options: { temperature: 'hot' } }, views, "infoNce: temperature must be a number, got 'hot'"],
    [{ options: 3 }, views, 'infoNce: options must be an object, got 3'],
    [{ values: { logScale: '1' } }, views, 'infoNce: logScale must be a number, got "1"'],
    [{ values: { anchors: 1 } }, views, 'infoNce: anchors must be an array, got 1'],
    [
      {},
      { ...views, logScale: list(Float32Array.of(1)) },
      'infoNce: logScale must be among the values, a number, got float32 of shape [1]',
    ],
    [
      {},
      { ...views, ids: list(new Int32Array(6)) },
      'infoNce: ids must be uint32 of shape [rows], got int32 of shape [6]',
    ],
    [
      {},
      { ...views, positives: { shape: [1, 6, 5], data: positives.data } },
      'infoNce: positives must be float32 of shape [rows, cols] or [rows], got float32 of shape [1, 6, 5]',
    ],
    [
      {},
      { ...views, ids: list(new Uint32Array(6)), known: { shape: [1, 2], data: Uint32Array.of(6, 0) } },
      'infoNce: known row 0 must begin with a row in [0, 6), got 6',
    ],
    [
      {},
      { ...views, positives: { shape: [0, 2 ** 40], data: new Float32Array(0) } },
      'infoNce: positives must be float32 of shape [rows, cols] or [rows], got float32 of shape [0, 1099511627776]',
    ],
    [{}, { ...views, positives: rowsOf(negatives) }, 'infoNce: positives.rows must be 6, got 4'],
    [
      {},
      { ...views, positives: rowsOf(fromRows(Array.from({ length: 6 }, () => [1, 2, 3, 4, NaN]))) },
      /^infoNce: positives row 0 must be finite/,
    ],
  ])('says what is wrong in one sentence (%#)', async (header, arrays, error) => {
    const answer = await ask(service(), { id: 1, call: 'score', loss: 'infoNce', ...header }, arrays);
    expect(answer.header).toEqual({
      id: 1,
      error: typeof error === 'string' ? error : expect.stringMatching(error),
    });
    expect(answer.arrays.size).toBe(0);
  });

  /** Arrays of an input's kind, of any number of rows. */
  function odd({ kind, name }: Input, rows: number): [string, NamedArray] {
    if (kind === 'matrix') return [name, rowsOf(waves(rows, 3, rows))];
    if (kind === 'numbers') return [name, list(new Float32Array(rows).fill(0.5))];
    if (kind === 'labels') return [name, list(Int32Array.from({ length: rows }, (_, i) => i % 2))];
    if (isTuples(kind)) {
      const { each } = NUMBERS[kind];
      return [name, { shape: [rows, each], data: Uint32Array.from({ length: rows * each }, (_, e) => e) }];
    }
    return [name, list(Uint32Array.from({ length: rows }, (_, i) => i))];
  }

  it.each(Object.values(CATALOG).flat())('answers $name whatever its inputs are', async ({ name, takes }) => {
    const inputs = inputsOf(takes);
    const values: Record<string, number | boolean> = {};
    for (const { kind, name } of inputs) {
      if (kind === 'number') values[name] = 2;
      if (kind === 'flag') values[name] = true;
    }
    const arrays = inputs.filter(({ kind }) => kind !== 'number' && kind !== 'flag');
    for (const rows of [0, 4]) {
      for (const other of [undefined, ...arrays]) {
        for (const without of [false, true]) {
          const some = arrays.filter((input) => !without || takes.required.includes(input));
          const given = some.map((input) => odd(input, input === other ? 7 : rows));
          const { header } = await ask(
            service(),
            { call: 'score', loss: name, values },
            Object.fromEntries(given),
          );
          if (header.error !== undefined) expect(header.error).toMatch(/^[^\n]*, got [^\n]*$/);
          else expect(header.value).toSatisfy(Number.isFinite);
        }
      }
    }
  });

  it('writes over gradients that were given back, where they are of the same shapes, and over no others', async () => {
    const to = service();
    const asked = async (rows: number) => {
      const answer = await ask(
        to,
        { call: 'score', loss: 'infoNce' },
        { anchors: rowsOf(waves(rows, 5, 1)), positives: rowsOf(waves(rows, 5, 2)) },
      );
      return { ...answer, data: answer.arrays.get('gradients.anchors')?.data };
    };
    const first = await asked(6);
    const fresh = structuredClone(first.arrays);
    expect((await asked(6)).data).not.toBe(first.data);
    first.giveBack?.();
    const again = await asked(6);
    expect(again.data).toBe(first.data);
    expect(again.arrays).toEqual(fresh);
    again.giveBack?.();
    expect((await asked(4)).data).toHaveLength(20);
    expect((await asked(6)).data).not.toBe(first.data);
  });
});

describe('stored rows', () => {
  it.each(['exact', 'hnsw'] as const)('are found, replaced and removed (%s)', async (kind) => {
    const to = service({ kind, distance: euclidean });
    expect((await ask(to, { call: 'stats' })).header).toEqual({
      index: kind,
      distance: 'euclidean',
      size: 0,
    });
    const rows = fromRows([
      [0, 0],
      [1, 0],
      [4, 0],
    ]);
    const upsert = (m: Matrix, ...ids: readonly number[]) =>
      ask(to, { call: 'upsert' }, { rows: rowsOf(m), ids: list(Uint32Array.from(ids)) });
    expect((await upsert(rows, 10, 11, 12)).header).toEqual({ size: 3 });
    const search = async (arrays: Readonly<Record<string, NamedArray>> = {}) => {
      const queries = fromRows([[1.4, 0]]);
      const answer = await ask(
        to,
        { call: 'search', values: { k: 3 } },
        { queries: rowsOf(queries), ...arrays },
      );
      expect(answer.header).toEqual({});
      return Object.fromEntries(answer.arrays);
    };
    expect(await search()).toEqual({
      ids: { shape: [1, 3], data: Uint32Array.of(11, 10, 12) },
      distances: { shape: [1, 3], data: expect.anything() },
      found: list(Uint32Array.of(3)),
    });
    const { distances } = await search();
    [0.4, 1.4, 2.6].forEach((far, e) => expect(distances.data[e]).toBeCloseTo(far, 6));
    const known = { shape: [1, 2], data: Uint32Array.of(0, 11) };
    expect((await search({ known })).ids.data).toEqual(Uint32Array.of(10, 12, 0));
    await upsert(fromRows([[1.5, 0]]), 12);
    expect((await search()).ids.data).toEqual(Uint32Array.of(12, 11, 10));
    expect((await ask(to, { call: 'remove' }, { ids: list(Uint32Array.of(12)) })).header).toEqual({
      size: 2,
    });
    expect((await search()).found.data).toEqual(Uint32Array.of(2));
    expect((await ask(to, { call: 'stats' })).header).toEqual({
      index: kind,
      distance: 'euclidean',
      dim: 2,
      size: 2,
    });
  });

  it('have the dimension of those that came first and could be stored', async () => {
    const to = service();
    const upsert = (...row: readonly number[]) =>
      ask(to, { call: 'upsert' }, { rows: rowsOf(fromRows([row])), ids: list(Uint32Array.of(1)) });
    expect((await upsert(1, NaN)).header.error).toMatch(/^exact.add: rows row 0 must be finite/);
    expect((await upsert(1, 2, 3)).header).toEqual({ size: 1 });
    expect((await upsert(1, 2)).header.error).toBe('exact.add: rows.cols must be 3, got 2');
  });

  it('are none before any came', async () => {
    const to = service();
    const ids = list(Uint32Array.of(4));
    expect((await ask(to, { call: 'remove' }, { ids })).header.error).toBe(
      'remove: every id must be stored, got 4',
    );
    const found = await ask(to, { call: 'search', values: { k: 2 } }, { queries: rowsOf(anchors) });
    expect(found.arrays.get('found')).toEqual(list(new Uint32Array(6)));
  });

  it('are not answered beyond what a message may hold', async () => {
    const answer = await ask(
      service(),
      { call: 'search', values: { k: 2 ** 20 } },
      { queries: rowsOf(anchors) },
    );
    expect(answer.header.error).toBe(
      'search: an answer, 8 bytes a neighbor, must be at most 1048576 bytes, got 50331648',
    );
  });
});

describe('mine', () => {
  const stored = waves(50, 5, 9);
  const ids = Uint32Array.from({ length: 50 }, (_, i) => 100 + i);
  const own = Uint32Array.of(100, 101, 102, 103, 104, 105);
  const known = { shape: [2, 2], data: Uint32Array.of(0, 110, 3, 111) };
  const asked = { anchors: rowsOf(anchors), positives: rowsOf(positives), ids: list(own), known };

  it('is nearMisses of the stored rows', async () => {
    const to = service();
    await ask(to, { call: 'upsert' }, { rows: rowsOf(stored), ids: list(ids) });
    const answer = await ask(
      to,
      {
        call: 'mine',
        options: { negatives: 3, relativeMargin: 'none', sampling: 'random', seed: 3 },
        values: { step: 2, withRows: true },
      },
      { ...asked, queryIds: list(own) },
    );
    const expected = await nearMisses(flat({ rows: stored, ids }), {
      negatives: 3,
      relativeMargin: 'none',
      sampling: 'random',
      seed: 3,
    })(
      { anchors, positives, ids: own, known: idLists([[110], [], [], [111], [], []]) },
      { queryIds: own, step: 2 },
    );
    expect(answer.header).toEqual({});
    expect(Object.fromEntries(answer.arrays)).toEqual({
      negativeIds: list(expected.negativeIds),
      owned: list(Uint32Array.of(3, 3, 3, 3, 3, 3)),
      negativeScores: list(expected.negativeScores),
      negativeRanks: list(expected.negativeRanks),
      positiveScores: list(expected.positiveScores),
      negatives: rowsOf(
        gather(
          stored,
          expected.negativeIds.map((id) => id - 100),
        ),
      ),
    });
  });

  it('finds nothing where nothing is stored', async () => {
    const { arrays } = await ask(service(), { call: 'mine' }, asked);
    expect(arrays.get('owned')).toEqual(list(new Uint32Array(6)));
  });

  it.each([
    [{ options: { negative: 3 } }, {}, /^mine: an option must be negatives or .*, got negative$/],
    [{ options: { sampling: 'best' } }, {}, /^mine: sampling must be top or random or weighted, got 'best'$/],
    [{ values: { step: 1 } }, {}, /^mine: queryIds must be given, got none$/],
    [
      {},
      { known: { shape: [1, 2], data: Uint32Array.of(6, 1) } },
      /^mine: known row 0 must begin with a row in \[0, 6\), got 6$/,
    ],
    [{}, { ids: list(new Uint32Array(5)) }, /^nearMisses: ids.length must be 6, got 5$/],
  ])('says what is wrong in one sentence (%#)', async (header, arrays, error) => {
    const answer = await ask(service(), { call: 'mine', ...header }, { ...asked, ...arrays });
    expect(answer.header.error).toMatch(error);
  });
});

describe('whatever else is asked', () => {
  it('is answered with a sentence', async () => {
    expect((await ask(service(), { id: 3, call: 'train' })).header).toEqual({
      id: 3,
      error:
        'message: call must be score or upsert or remove or search or mine or evaluate or stats or health or snapshot or restore, got "train"',
    });
    expect(await answered(service(), { header: { id: 4 }, fault: 'message: no' }, fail)).toEqual(
      message({ id: 4, error: 'message: no' }),
    );
  });

  it('tells of faults of its own', async () => {
    const told: unknown[] = [];
    const broken: Service = {
      ...service(),
      get index(): never {
        throw new TypeError('broken');
      },
    };
    const answer = await answered(broken, message({ id: 1, call: 'stats' }), (error) => told.push(error));
    expect(answer.header).toEqual({ id: 1, error: 'broken', status: 500 });
    expect(told).toEqual([new TypeError('broken')]);
  });
});

describe('mine, while rows go', () => {
  it('finds those that stay', async () => {
    const to = service();
    const stored = waves(200, 5, 9);
    const ids = Uint32Array.from({ length: 200 }, (_, i) => i);
    await ask(to, { call: 'upsert' }, { rows: rowsOf(stored), ids: list(ids) });
    const own = Uint32Array.from({ length: 6 }, (_, i) => 1000 + i);
    const mining = Array.from({ length: 20 }, () =>
      ask(
        to,
        { call: 'mine', options: { negatives: 5, relativeMargin: 'none' } },
        { anchors: rowsOf(anchors), positives: rowsOf(positives), ids: list(own) },
      ),
    );
    const removing = Array.from({ length: 190 }, (_, i) =>
      ask(to, { call: 'remove' }, { ids: list(Uint32Array.of(i)) }),
    );
    for (const { header, arrays } of await Promise.all(mining)) {
      expect(header.error).toBeUndefined();
      expect(arrays.get('owned')?.data).toEqual(Uint32Array.of(5, 5, 5, 5, 5, 5));
    }
    await Promise.all(removing);
  });
});
