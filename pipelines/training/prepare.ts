import { refuse } from '../../src/core/check.ts';
import { readNamedFolder } from '../../src/formats/data-folder.ts';
import { isTextFile } from '../../src/formats/text-chunks.ts';
import { onnxTexts } from '../../src/models/onnx-texts.ts';
import { adapt, adaptRowFiles, adaptTextFiles } from '../adapt.ts';
import { readData, SAMPLE } from '../options.ts';
import { pretrain, pretrainFiles } from '../pretrain.ts';
import type { JobOptions } from './options.ts';
import type { Prepared } from './prepared.ts';
import { readSplits } from './splits.ts';

/** What is done with a job, whatever it embeds. */
export type Finish = <Query, Document>(prepared: Prepared<Query, Document>) => Promise<void>;

/** Reads what a job learns from, and hands it on. */
export async function prepare(options: JobOptions, finish: Finish, signal: AbortSignal): Promise<void> {
  if (options.pairs !== undefined) return prepareFiles(options.pairs, options, finish, signal);
  if (options.encoder === 'texts') {
    const folder = await readNamedFolder(options.data ?? SAMPLE);
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
  const other = paths.find((path) => isTextFile(path) !== ofTexts);
  if (other !== undefined)
    refuse(
      'train',
      ofTexts
        ? 'files of pairs must be of texts'
        : 'pairs must be rows, unless --encoder texts or --text-model is given',
      other,
    );
  if (encoder === 'texts') return finish(await pretrainFiles(options, signal));
  return finish(
    await (model === undefined
      ? adaptRowFiles(options, signal)
      : adaptTextFiles(await onnxTexts(model), options, signal)),
  );
}
