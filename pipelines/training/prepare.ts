import { join } from 'node:path';
import { refuse } from '../../src/core/check.ts';
import { fromRows } from '../../src/core/matrix.ts';
import { type NamedFolder, readRecords } from '../../src/formats/data-folder.ts';
import { onnxTexts } from '../../src/models/onnx-texts.ts';
import { adapt, adaptFiles } from '../adapt.ts';
import { readData, SAMPLE } from '../options.ts';
import { pretrain, pretrainFiles, wordsOfJob } from '../pretrain.ts';
import { jobFiles } from './job-files.ts';
import type { JobOptions } from './options.ts';
import { isOfTexts, rowPairFile, textPairFile } from './pair-files.ts';
import type { Prepared } from './prepared.ts';
import { readSplits } from './splits.ts';

/** What is done with a job, whatever it embeds. */
export type Finish = <Query, Document>(prepared: Prepared<Query, Document>) => Promise<void>;

/** Reads what a job learns from, and hands it on. */
export async function prepare(options: JobOptions, finish: Finish, signal: AbortSignal): Promise<void> {
  if (options.pairs !== undefined) return prepareFiles(options.pairs, options, finish, signal);
  if (options.encoder === 'texts') {
    const folder = await readNames(options.data ?? SAMPLE);
    return finish(await pretrain(folder, await readSplits(folder, options), options, signal));
  }
  const data = await readData({ ...options, data: options.data ?? SAMPLE });
  return finish(adapt(data, await readSplits(data, options), options));
}

async function prepareFiles(
  pairs: readonly string[],
  options: JobOptions,
  finish: Finish,
  signal: AbortSignal,
): Promise<void> {
  const { encoder, 'text-model': model } = options;
  const paths = [...pairs, options['dev-pairs'], options['test-pairs']].filter((path) => path !== undefined);
  const ofTexts = encoder === 'texts' || model !== undefined;
  const other = paths.find((path) => isOfTexts(path) !== ofTexts);
  if (other !== undefined)
    refuse(
      'train',
      ofTexts
        ? 'files of pairs must be of texts'
        : 'pairs must be rows, unless --encoder texts or --text-model is given',
      other,
    );
  if (encoder === 'texts') {
    const counts = wordsOfJob(options);
    const files = await jobFiles(options, textPairFile, ({ anchor, positive, negatives }) => {
      for (const text of [anchor, positive, ...negatives]) counts.count(text);
    });
    return finish(await pretrainFiles(files, counts, options, signal));
  }
  if (model !== undefined)
    return finish(
      await adaptFiles(await jobFiles(options, textPairFile), await onnxTexts(model), options, signal),
    );
  return finish(await adaptFiles(await jobFiles(options, rowPairFile), fromRows, options, signal));
}

async function readNames(path: string): Promise<NamedFolder> {
  return {
    path,
    corpus: await readRecords(join(path, 'corpus.jsonl')),
    queries: await readRecords(join(path, 'queries.jsonl')),
  };
}
