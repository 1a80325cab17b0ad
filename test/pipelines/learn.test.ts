import { beforeAll, describe, expect, it, vi } from 'vitest';
import { learn, type LearnOptions } from '../../pipelines/learn.ts';
import { type DataFolder, readDataFolder, readSplit, type Split } from '../../src/formats/data-folder.ts';
import type * as nearMissesFile from '../../src/miners/near-misses.ts';
import { linear } from '../../src/models/linear.ts';
import { sharedSides } from '../../src/models/sides.ts';
import { tinyFolder, noisy } from './tiny-folder.ts';

const delays = vi.hoisted(() => ({ most: 0 }));

vi.mock('../../src/miners/near-misses.ts', async (original) => {
  const { nearMisses } = await original<typeof nearMissesFile>();
  return {
    nearMisses: (...options: Parameters<typeof nearMisses>): ReturnType<typeof nearMisses> => {
      const miner = nearMisses(...options);
      return async (views) => {
        if (delays.most > 0) await new Promise((resolve) => setTimeout(resolve, delays.most * Math.random()));
        return miner(views);
      };
    },
  };
});

const options: LearnOptions = {
  epochs: 3,
  batch: 16,
  rate: 0.02,
  temperature: 0.1,
  negatives: 2,
  budget: 10,
  relativeMargin: 0.05,
  index: 'hnsw',
  margin: 0.2,
  tripletWeight: 0.5,
  classWeight: 0.1,
  seed: 7,
};

describe('learn', () => {
  let data: DataFolder;
  let training: Split;
  beforeAll(async () => {
    data = await readDataFolder(await tinyFolder(noisy(120, 8)));
    training = await readSplit(data, 'train');
  });

  async function learned(changes: Partial<LearnOptions> = {}): Promise<Float32Array> {
    const model = linear({ from: 8, to: 8, start: 'identity' });
    await learn(sharedSides(model), data, training, { ...options, ...changes }, new AbortController().signal);
    return model.parameters.weights.data;
  }

  it('gives the same bytes from the same seed, however long mining takes', async () => {
    const first = await learned();
    delays.most = 6;
    const delayed = await learned();
    delays.most = 0;
    expect(Buffer.from(delayed.buffer).equals(Buffer.from(first.buffer))).toBe(true);
  });

  it('gives others from another seed, and without what was mined', async () => {
    const first = await learned();
    expect(await learned({ seed: 8 })).not.toEqual(first);
    expect(await learned({ index: 'exact' })).not.toEqual(await learned({ negatives: 0 }));
    expect(await learned({ negatives: 0 })).not.toEqual(first);
    expect(await learned({ classWeight: 0 })).not.toEqual(first);
    expect(await learned({ tripletWeight: 0 })).not.toEqual(first);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const model = linear({ from: 8, to: 8 });
    await expect(
      learn(sharedSides(model), data, training, { ...options, epochs: 10_000 }, stop.signal),
    ).rejects.toThrow('interrupted');
  });
});
