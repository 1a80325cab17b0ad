import { map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { lastValueFrom, from, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { atSteps, where } from '../../src/streams/at-steps.ts';

describe('atSteps', () => {
  it('does what is due before a batch is passed on, one after the other', async () => {
    const seen: string[] = [];
    const steps = from([0, 1, 2, 3, 4].map((step) => ({ step })));
    const done = steps.pipe(
      atSteps(
        (step) => step % 2 === 1,
        async ({ step }) => {
          seen.push(`begin ${step}`);
          await new Promise((resolve) => setTimeout(resolve, 5 - step));
          seen.push(`end ${step}`);
        },
      ),
      map(({ step }) => {
        seen.push(`${step}`);
        return step;
      }),
      toArray(),
    );
    expect(await lastValueFrom(done)).toEqual([0, 1, 2, 3, 4]);
    expect(seen).toEqual(['0', 'begin 1', 'end 1', '1', '2', 'begin 3', 'end 3', '3', '4']);
  });

  it('fails where what is done fails', async () => {
    const failing = from([{ step: 0 }]).pipe(
      atSteps(
        () => true,
        () => Promise.reject(new RangeError('no')),
      ),
    );
    await expect(lastValueFrom(failing)).rejects.toThrow('no');
  });
});

describe('where', () => {
  it('sends through what something holds of, in order', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const numbers = cold('-a-b-c-|', { a: 1, b: 2, c: 3 });
        const doubled = numbers.pipe(
          where(
            (value) => value !== 2,
            map((value) => 10 * value),
          ),
        );
        expectObservable(doubled).toBe('-a-b-c-|', { a: 10, b: 2, c: 30 });
      },
    );
  });
});
