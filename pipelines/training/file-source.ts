import { refuse } from '../../src/core/check.ts';
import type { PairBatch } from '../../src/streams/batches.ts';
import { proportional, roundRobin } from '../../src/streams/mixed.ts';
import { noDuplicates } from '../../src/streams/no-duplicates.ts';
import { sampled } from '../../src/streams/sample.ts';
import type { Sampled } from '../../src/streams/sampler.ts';
import type { JobOptions } from './options.ts';
import type { FilePair, PairFile } from './pair-files.ts';

/** A file whose pairs were counted. */
export interface CountedFile<Part> extends PairFile<Part> {
  readonly count: number;
}

/** Batches of files, and where it stands in them. */
export interface FileSource<Input> {
  readonly steps: number;
  batches(from: number): AsyncGenerator<PairBatch<Input>, void, undefined>;
  /** What is mined among, by id. */
  documents(ids: Uint32Array): Input;
  /** at which step each pass over the files began */
  readonly passes: {
    /** of those that had begun before a step, which is one at least */
    before(step: number): Uint32Array;
    restore(noted: Uint32Array): void;
  };
}

interface Numbered<Part> {
  /** the same in every pass */
  readonly id: number;
  readonly pair: FilePair<Part>;
}

/**
 * The pairs of files, pass after pass: each batch of one file, no text in it twice. Of the items that negatives are mined among, the last
 * ones, the parts are kept.
 */
export function fileSource<Part extends string | Float32Array, Input>(
  files: readonly CountedFile<Part>[],
  collate: (parts: readonly Part[]) => Input,
  options: Pick<
    JobOptions,
    'batch' | 'seed' | 'epochs' | 'steps' | 'window' | 'mix' | 'memory' | 'negatives'
  >,
): FileSource<Input> {
  const { batch: rows, seed, epochs, window: batches, mix, memory } = options;
  const offsets = files.map((_, f) => files.slice(0, f).reduce((sum, { count }) => sum + count, 0));
  const perPass = files.reduce((sum, { count }) => sum + Math.ceil(count / rows), 0);
  const steps = options.steps ?? epochs * perPass;
  const once = files.some(({ count }) => count === Infinity);
  const passes: number[] = [0];
  const recent = new Map<number, Part>();
  // of what is mined among, if anything is; batches are read ahead of the one that is mined for
  const room = options.negatives > 0 ? memory + 4 * rows : 0;

  function batchesOf(pass: number): AsyncIterable<Sampled<Numbered<Part>>> {
    const each = files.map(({ path, read }, f) => {
      const { push, end } = noDuplicates<Numbered<Part>>(({ pair }) => keysOf(pair), {
        rows,
        window: batches * rows,
        seed: seed + 7919 * pass + f,
      });
      let id = offsets[f];
      return [path, sampled(read(), { push: (pair) => push({ id: id++, pair }), end })] as const;
    });
    if (each.length === 1) return each[0][1];
    const sources = Object.fromEntries(each);
    const weights = Object.fromEntries(files.map(({ path, count }) => [path, count]));
    return unmixed(
      mix === 'round-robin' || once
        ? roundRobin(sources, { until: 'all' })
        : proportional(sources, { weights, seed: seed + pass }),
    );
  }

  function remember(items: readonly Numbered<Part>[]): void {
    for (const { id, pair } of items) {
      recent.delete(id);
      recent.set(id, pair.positive);
    }
    for (const id of recent.keys()) {
      if (recent.size <= room) break;
      recent.delete(id);
    }
  }

  function featured(step: number, items: readonly Numbered<Part>[]): PairBatch<Input> {
    const negatives = items.flatMap(({ pair }) => pair.negatives);
    const ids = Uint32Array.from(items, ({ id }) => id);
    return {
      step,
      features: {
        anchors: collate(items.map(({ pair }) => pair.anchor)),
        positives: collate(items.map(({ pair }) => pair.positive)),
        ids,
        ...(negatives.length > 0 && {
          negatives: collate(negatives),
          owned: Uint32Array.from(items, ({ pair }) => pair.negatives.length),
        }),
      },
      queryIds: ids,
    };
  }

  /** The pass in which a step is, or as many before it as the items that are kept may be of. */
  function firstPass(step: number): number {
    let pass = passes.findLastIndex((first) => first <= step);
    while (pass > 0 && (step - passes[pass]) * rows < room) pass--;
    return pass;
  }

  return {
    steps,
    async *batches(from) {
      let pass = firstPass(from);
      let step = passes[pass];
      for (; step < steps; pass++) {
        passes[pass] = step;
        for await (const { items } of batchesOf(pass)) {
          if (step === steps) return;
          remember(items);
          if (step >= from) yield featured(step, items);
          step++;
        }
        if (once) return;
        if (step === passes[pass]) refuse('train', 'a pass over --pairs must give a batch', 'none');
      }
    },
    documents: (ids) =>
      collate(
        Array.from(ids, (id) => recent.get(id) ?? refuse('train', 'an item that was mined must be kept', id)),
      ),
    passes: {
      // whether one that begins with that step is known of depends on how far it was read ahead
      before: (step) => Uint32Array.from(passes.filter((first, pass) => pass === 0 || first < step)),
      restore: (noted) => void passes.splice(0, passes.length, ...noted),
    },
  };
}

/** Texts that no other pair of a batch may have: rows are taken as they come. */
function keysOf<Part>({ anchor, positive }: FilePair<Part>): string[] {
  return typeof anchor === 'string' && typeof positive === 'string' ? [anchor, positive] : [];
}

async function* unmixed<Item>(mixed: AsyncIterable<{ readonly item: Item }>): AsyncGenerator<Item> {
  for await (const { item } of mixed) yield item;
}
