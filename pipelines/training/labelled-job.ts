import { mean } from '../../src/metrics/mean.ts';
import { retrievalByLabel } from '../../src/metrics/retrieval-by-label.ts';
import type { Descended } from '../../src/streams/descend.ts';
import type { LabelledBatch, ScoredRows } from '../../src/streams/labelled-batch.ts';
import { labelledRows } from '../../src/streams/labelled-rows.ts';
import { classify } from '../classify.ts';
import { keptBatch } from './kept-batch.ts';
import type { LabelledFile } from './labelled-files.ts';
import { labelledScore } from './labelled-loss.ts';
import type { LabelledModel } from './labelled-model.ts';
import { stepping } from './optimizer.ts';
import type { JobOptions, RunOptions } from './options.ts';
import type { Ran } from './run-job.ts';
import { takeSteps } from './take-steps.ts';

/** Takes the steps of a job of labelled items; dev decides by MAP@R, each of its rows among the others. */
export function learnedByLabel<Items, Input>(
  { encoder, dim, inputOf, pick }: LabelledModel<Items, Input>,
  { labels, items, classes }: LabelledFile<Items>,
  dev: LabelledFile<Items> | undefined,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<Ran> {
  const { batch: rows, 'per-class': m, seed, epochs } = options;
  const input = inputOf(items);
  const steps = options.steps ?? epochs * Math.ceil(labels.length / rows);
  const { score, learned } = labelledScore(options, classes, dim);
  const taking = stepping(options, steps);
  const source = { labels, featuresOf: (numbers: Uint32Array) => pick(input, numbers) };
  const devInput = dev && inputOf(dev.items);
  return takeSteps<LabelledBatch<Input>, ScoredRows & Descended>(
    async () => ({
      steps,
      batches: (from) => labelledRows(source, { rows, m, seed, steps, from }),
      turn: classify({ encoder, score, learned, optimizer: taking.optimizer }),
      learned: { ...encoder.parameters, ...learned },
      stepping: taking,
      dev: dev &&
        devInput && {
          name: `MAP@R of ${dev.path}`,
          measure: async () => {
            const { mapAtR } = await retrievalByLabel(encoder.forward(devInput).output, dev.labels);
            return mean(mapAtR);
          },
        },
    }),
    ({ step, features }, folder) => keptBatch(folder, step, { features }),
    options,
    signal,
  );
}
