import { beforeAll, describe, expect, it, vi } from 'vitest';
import { adapt } from '../../../pipelines/adapt.ts';
import { contrast } from '../../../pipelines/training/contrast.ts';
import { JOB, type JobOptions } from '../../../pipelines/training/options.ts';
import { runJob } from '../../../pipelines/training/run-job.ts';
import { type DataFolder, readDataFolder, readSplit, type Split } from '../../../src/formats/data-folder.ts';
import type * as nearMissesFile from '../../../src/miners/near-misses.ts';
import { tinyFolder, noisy } from '../tiny-folder.ts';

const delays = vi.hoisted(() => ({ most: 0 }));

vi.mock('../../../src/miners/near-misses.ts', async (original) => {
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

const options: JobOptions = JOB.parse({
  epochs: 3,
  batch: 16,
  rate: 0.02,
  temperature: 0.1,
  budget: 10,
  'warm-up': 3,
  seed: 7,
});

describe('contrast', () => {
  let data: DataFolder;
  let training: Split;
  beforeAll(async () => {
    data = await readDataFolder(await tinyFolder(noisy(120, 8)));
    training = await readSplit(data, 'train');
  });

  async function learned(
    changes: Partial<JobOptions> = {},
    stop = new AbortController(),
  ): Promise<Float32Array> {
    const all = { ...options, ...changes };
    const { source, sides, dim } = adapt(data, { training, held: training }, all);
    const job = contrast(sides, source, all, { dim }, stop.signal);
    await runJob(job, { every: 100, shown: (batches) => batches }, stop.signal);
    return sides.parameters.weights.data;
  }

  it('gives the same bytes from the same seed, however long mining takes', async () => {
    const first = await learned();
    delays.most = 6;
    const delayed = await learned();
    delays.most = 0;
    expect(Buffer.from(delayed.buffer).equals(Buffer.from(first.buffer))).toBe(true);
  });

  it('gives others from another seed, and from what else it is told', async () => {
    const first = await learned();
    const others: readonly Partial<JobOptions>[] = [
      { seed: 8 },
      { negatives: 0 },
      { 'class-weight': 0 },
      { 'triplet-weight': 0 },
      { 'learn-temperature': true },
      { symmetric: true },
      { matryoshka: [4] },
      { 'mine-from': 4 },
      { optimizer: 'sgd' },
      { schedule: 'cosine' },
      { clip: 0.01 },
    ];
    for (const changes of others) expect(await learned(changes), JSON.stringify(changes)).not.toEqual(first);
    expect(await learned({ index: 'hnsw' })).not.toEqual(await learned({ negatives: 0 }));
  });

  it('mines nothing before it is to', async () => {
    expect(await learned({ 'mine-from': 100 })).toEqual(await learned({ negatives: 0, 'triplet-weight': 0 }));
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await expect(learned({ epochs: 10_000 }, stop)).rejects.toThrow('interrupted');
  });
});
