// What a thread of `threadedPairs` runs: it reads files of pairs, draws batches and takes texts apart.
import type { Bags } from '../../src/core/bags.ts';
import { fromRows, type Matrix } from '../../src/core/matrix.ts';
import { textBags, type Vocabulary } from '../../src/models/text/vocabulary.ts';
import type { PairBatch } from '../../src/streams/batches.ts';
import { type FileSource, fileSource } from './file-source.ts';
import type { JobOptions } from './options.ts';
import { rowPairFile, textPairFile } from './pair-files.ts';
import { answers } from './thread.ts';
import { type FirstPairs, firstPairs, trainingFiles } from './training-files.ts';
import { wordsOfJob } from './words-of-job.ts';

/** Files of pairs that were opened, and what is known of them before the first batch. */
export interface Opened {
  /** in words */
  readonly name: string;
  /** of the training */
  readonly steps: number;
}

/** What can be asked of it; one of the first three comes first. */
export interface PairsThread<Input> {
  bags(options: JobOptions): Promise<Opened & { readonly words: Vocabulary }>;
  texts(options: JobOptions): Promise<Opened & { readonly first: FirstPairs<readonly string[]> }>;
  rows(options: JobOptions): Promise<Opened & { readonly first: FirstPairs<Matrix> }>;
  /** Begins to read at a step. @returns the number of this reading */
  from(step: number): number;
  /** The next batch of a reading, if there is one. */
  next(reading: number): Promise<PairBatch<Input> | undefined>;
  end(reading: number): Promise<void>;
  documents(ids: Uint32Array): Promise<Input>;
  passesBefore(step: number): Uint32Array;
  restore(passes: Uint32Array): void;
}

type Any = Bags | Matrix | readonly string[];

let source: FileSource<Any>;
const readings: AsyncIterator<PairBatch<Any>, void>[] = [];

answers<PairsThread<Any>>({
  async bags(options) {
    const counts = wordsOfJob(options);
    const { files, name } = await trainingFiles(options, textPairFile, ({ anchor, positive, negatives }) => {
      for (const text of [anchor, positive, ...negatives]) counts.count(text);
    });
    const words = counts.done();
    source = fileSource(files, textBags(words), options);
    // what is answered is handed over
    return { name, steps: source.steps, words: structuredClone(words) };
  },
  async texts(options) {
    const { see, first } = firstPairs<string>();
    const { files, name } = await trainingFiles(options, textPairFile, see);
    source = fileSource(files, (texts) => texts, options);
    return { name, steps: source.steps, first };
  },
  async rows(options) {
    const { see, first } = firstPairs<Float32Array>();
    const { files, name } = await trainingFiles(options, rowPairFile, see);
    source = fileSource(files, fromRows, options);
    return {
      name,
      steps: source.steps,
      first: { query: fromRows(first.query), document: fromRows(first.document) },
    };
  },
  from: (step) => readings.push(source.batches(step)) - 1,
  async next(reading) {
    const { done, value } = await readings[reading].next();
    return done === true ? undefined : value;
  },
  end: async (reading) => void (await readings[reading].return?.()),
  documents: async (ids) => source.documents(ids),
  passesBefore: (step) => source.passes.before(step),
  restore: (passes) => source.passes.restore(passes),
});
