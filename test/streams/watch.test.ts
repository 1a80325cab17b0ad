import { from, lastValueFrom, of, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import { type Alarm, alarm, alarms } from '../../src/streams/alarm.ts';
import type { ScoredBatch } from '../../src/streams/batches.ts';
import { descend } from '../../src/streams/descend.ts';
import { record } from '../../src/streams/record.ts';
import { type TrainingReading, watch } from '../../src/streams/watch.ts';
import { gaussian } from '../matrices.ts';
import { embeddedBatch } from './batches.ts';

function scored(step: number, value: number, changes: Partial<ScoredBatch> = {}): ScoredBatch {
  const batch = embeddedBatch(step);
  return { ...batch, value, active: 1, terms: 2, gradients: batch.views, learned: {}, ...changes };
}

function ofRows(anchors: Matrix, positives: Matrix): Partial<ScoredBatch> {
  return { views: { anchors, positives, ids: Uint32Array.from({ length: anchors.rows }, (_, i) => i) } };
}

const read = (...batches: readonly ScoredBatch[]): Promise<TrainingReading[]> =>
  lastValueFrom(from(batches).pipe(watch({ every: 1, now: clock() }), toArray()));

/** A second passes whenever it is looked at. */
function clock(): () => number {
  let seconds = 0;
  return () => 1000 * seconds++;
}

describe('watch', () => {
  it('says how many anchors own a negative, and how old these are, where batches say', async () => {
    const owned = (...counts: number[]): Partial<ScoredBatch> => ({
      views: { ...scored(0, 1).views, owned: Uint32Array.from(counts) },
    });
    const batches = [
      scored(0, 1, { ...owned(2, 0), staleness: { mean: 3, max: 9 } }),
      scored(1, 1, { ...owned(1, 1), staleness: { mean: 6, max: 9 } }),
      scored(2, 1),
    ];
    const [reading] = await lastValueFrom(from(batches).pipe(watch({ every: 3, now: clock() }), toArray()));
    expect(reading).toMatchObject({ minedShare: 3 / 4, staleness: 4.5 });
    const [none] = await read(scored(0, 1));
    expect(Object.keys(none)).not.toContain('minedShare');
    expect(Object.keys(none)).not.toContain('staleness');
  });

  it('reads every so many batches what they came to', () => {
    const batches = {
      a: { ...scored(0, 3), gradientNorm: 5 },
      b: { ...scored(1, 2, { active: 2 }), gradientNorm: 4 },
      c: scored(2, 9),
    };
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const options = {
          every: 2,
          steps: 10,
          rate: (step: number) => step / 10,
          temperature: 0.05,
          now: clock(),
        };
        // of the second batch, (1, 1) twice: its item is told apart from the other by nothing
        const reading = {
          step: 1,
          loss: 2.5,
          learningRate: 0.2,
          temperature: 0.05,
          activeShare: 0.75,
          inBatchAccuracy: 0,
          alignment: 0,
          uniformity: expect.closeTo(0, 6),
          effectiveRank: expect.closeTo(1, 6),
          gradientNorm: 5,
          // the clock said 0 at first and 1 s at the reading
          pairsPerSecond: 4,
          secondsLeft: 4,
        };
        expectObservable(cold('-a-b--c-|', batches).pipe(watch(options))).toBe('---x----|', { x: reading });
      },
    );
  });

  it('says how embeddings lie, by hand', async () => {
    const anchors = fromRows([[2, 0], [0, 3], [0, 1]]); // prettier-ignore
    const positives = fromRows([[1, 0], [0, 1], [5, 0]]); // prettier-ignore
    const [reading] = await read(scored(0, 1, ofRows(anchors, positives)));
    // the third anchor is the nearest to the second positive
    expect(reading.inBatchAccuracy).toBeCloseTo(1 / 3 + 0, 10);
    expect(reading.alignment).toBeCloseTo((0 + 0 + 2) / 3, 6);
    // of three pairs of positives one coincides and two are at right angles: squared distances 0, 2, 2
    expect(reading.uniformity).toBeCloseTo(Math.log((1 + 2 * Math.exp(-4)) / 3), 6);
    // singular values √2 and 1
    const share = Math.SQRT2 / (1 + Math.SQRT2);
    expect(reading.effectiveRank).toBeCloseTo(
      Math.exp(-share * Math.log(share) - (1 - share) * Math.log(1 - share)),
      6,
    );
  });

  it('counts copies of an item as right, by id', async () => {
    const rows = fromRows([[1, 0], [1, 0], [0, 1]]); // prettier-ignore
    const ids = Uint32Array.of(7, 7, 8);
    const [without, withIds] = await read(
      scored(0, 1, ofRows(rows, rows)),
      scored(1, 1, { views: { anchors: rows, positives: rows, ids } }),
    );
    expect([without.inBatchAccuracy, withIds.inBatchAccuracy]).toEqual([1 / 3, 1]);
  });

  it('reads a learned temperature, and the length of the gradient that descend took', async () => {
    const logScale = matrix(1, 1, Float32Array.of(Math.log(20)));
    const weights = matrix(1, 2, Float32Array.of(1, 1));
    const batch: ScoredBatch = {
      ...scored(0, 1),
      backward: () => ({ weights: matrix(1, 2, Float32Array.of(3, 0)) }),
      learned: { 'loss.logScale': matrix(1, 1, Float32Array.of(-4)) },
    };
    const parameters = { weights, 'loss.logScale': logScale };
    const readings = of(batch).pipe(
      descend<ScoredBatch>(parameters, adamW({ rate: 1e-9 })),
      watch({ every: 1, temperature: { logScale } }),
    );
    const reading = await lastValueFrom(readings);
    expect(reading.gradientNorm).toBeCloseTo(5, 10);
    expect(reading.temperature).toBeCloseTo(0.05, 6);
  });

  it('says NaN of embeddings that are not finite, and leaves out what is not known', async () => {
    const [reading] = await read(
      scored(0, NaN, { ...ofRows(fromRows([[1, NaN]]), fromRows([[1, 1]])), terms: undefined }),
    );
    expect(reading).toMatchObject({
      loss: NaN,
      inBatchAccuracy: NaN,
      alignment: NaN,
      uniformity: NaN,
      effectiveRank: NaN,
    });
    for (const name of ['activeShare', 'learningRate', 'temperature', 'gradientNorm', 'secondsLeft'])
      expect(reading).not.toHaveProperty(name);
  });

  it('refuses to read nothing', () => {
    expect(() => watch({ every: 0 })).toThrow('watch: every must be a whole number >= 1, got 0');
    expect(() => watch({ sample: 1 })).toThrow('watch: sample must be a whole number >= 2, got 1');
  });
});

describe('alarms', () => {
  const sound: TrainingReading = {
    step: 0,
    loss: 1,
    inBatchAccuracy: 0.5,
    alignment: 1,
    uniformity: -2,
    effectiveRank: 30,
    pairsPerSecond: 100,
  };
  const kinds = (found: readonly Alarm[]): string[] => found.map(({ kind }) => kind);

  it('are raised by embeddings that lie in one point or along one line, and by no others', async () => {
    const of = alarms();
    const anchors = gaussian(64, 2, 1);
    const lineUp = (along: (i: number) => number[]): Matrix =>
      fromRows(Array.from({ length: 64 }, (_, i) => along(i)));
    const [spread, point, line] = await read(
      scored(0, 1, ofRows(gaussian(64, 16, 1), gaussian(64, 16, 2))),
      scored(
        1,
        1,
        ofRows(
          anchors,
          lineUp((i) => [1, 0.01 * Math.sin(i)]),
        ),
      ),
      scored(
        2,
        1,
        ofRows(
          anchors,
          lineUp((i) => [i % 2 === 0 ? 1 : -2, 0]),
        ),
      ),
    );
    expect(kinds(of(spread))).toEqual([]);
    expect(kinds(of(point))).toEqual(['collapse']);
    // once, until it is gone and comes again
    expect(kinds(of(line))).toEqual([]);
    expect(kinds(of(spread))).toEqual([]);
    const [raised] = of(line);
    expect(raised.text).toMatch(
      /^step 2: embeddings have collapsed \(uniformity -0\.\d+, effective rank 1\.0\): lower the rate/,
    );
  });

  it('are raised by a loss that stays at the margin, and not by one that passes it', () => {
    const of = alarms({ margin: 0.2, patience: 2 });
    const at = (step: number, loss: number): string[] => kinds(of({ ...sound, step, loss }));
    expect([at(0, 0.2), at(1, 0.3), at(2, 0.2), at(3, 0.1985), at(4, 0.2)]).toEqual([
      [],
      [],
      [],
      ['stuck at the margin'],
      [],
    ]);
    expect(kinds(alarms()({ ...sound, loss: 0.2 }))).toEqual([]);
  });

  it('are raised by a scale at its clamp, to float32', () => {
    const clamp = Math.exp(-Math.fround(Math.log(100)));
    expect(kinds(alarms()({ ...sound, temperature: clamp }))).toEqual(['saturated scale']);
    expect(kinds(alarms()({ ...sound, temperature: 0.0101 }))).toEqual([]);
    expect(kinds(alarms({ leastTemperature: 0.02 })({ ...sound, temperature: 0.015 }))).toEqual([
      'saturated scale',
    ]);
  });

  it('are raised by whatever is not finite, by name', () => {
    const [raised, ...others] = alarms()({ ...sound, step: 7, loss: NaN, gradientNorm: Infinity });
    expect(others).toEqual([]);
    expect(raised).toMatchObject({ kind: 'not finite', step: 7 });
    expect(raised.text).toMatch(/^step 7: loss is NaN, gradientNorm is Infinity: /);
    // a clock that stood still is no reason
    expect(alarms()({ ...sound, pairsPerSecond: Infinity })).toEqual([]);
  });

  it('come as they are raised, in a stream', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const readings = { a: sound, b: { ...sound, step: 3, loss: NaN } };
        const raised = expect.objectContaining({ kind: 'not finite', step: 3 });
        expectObservable(cold('-a-b-b-a-b-|', readings).pipe(alarm())).toBe('---x-----x-|', { x: raised });
      },
    );
    expect(() => alarms({ margin: 0 })).toThrow('alarms: margin must be a finite number > 0, got 0');
  });
});

describe('record', () => {
  it('writes the numbers of each record in turn, and passes it on once they are written', async () => {
    const written: unknown[] = [];
    const log = {
      async write(step: number, scalars: object): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 3 - step));
        written.push([step, scalars]);
      },
    };
    const records = [{ step: 0, loss: 1, note: 'text' }, { step: 1, loss: 2, note: 'text' }]; // prettier-ignore
    expect(await lastValueFrom(from(records).pipe(record(log), toArray()))).toEqual(records);
    expect(written).toEqual([[0, { loss: 1 }], [1, { loss: 2 }]]); // prettier-ignore
  });
});
