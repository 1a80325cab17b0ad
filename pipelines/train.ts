import { refuse } from '../src/core/check.ts';
import type { Parameters } from '../src/core/parameters.ts';
import { modelCard } from './model-card.ts';
import { checkNewFolder } from './new-folder.ts';
import { checkIndex } from './options.ts';
import { collectAtOnce } from './training/collect-at-once.ts';
import { figuresOf } from './training/figures.ts';
import { optionsFrom } from './training/job-file.ts';
import { learned } from './training/learned.ts';
import { flagsOf } from './training/option-table.ts';
import { noteOf } from './training/note.ts';
import { JOB, type JobOptions, RUN, type RunOptions } from './training/options.ts';
import { prepare } from './training/prepare.ts';
import type { Prepared } from './training/prepared.ts';
import { saveTrained } from './training/saved.ts';
import { tell } from './training/tell.ts';
import { trainByLabel } from './training/train-by-label.ts';

const TABLE = JOB.extend(RUN.shape);

export const TRAIN_OPTIONS = {
  config: {
    type: 'string',
    describe: 'a YAML file of these options; flags count for more',
    requiresArg: true,
  },
  ...flagsOf(TABLE),
} as const;

/** Learns from pairs, so that the nearest misses move out of the way, and says what that did to retrieval. */
export async function train(
  flags: Readonly<Record<string, unknown>> & { readonly config?: string },
  signal: AbortSignal,
): Promise<void> {
  const options = await optionsFrom('train', TABLE, flags, flags.config);
  collectAtOnce();
  await checkBeforeReading(options);
  if (options.labelled !== undefined) await trainByLabel(options.labelled, options, signal);
  else await prepare(options, (prepared) => toItsFigures(prepared, options, signal), signal);
}

async function toItsFigures<Query, Document>(
  prepared: Prepared<Query, Document>,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { evaluated, dev, learnedFrom, dim, sides, layers, besides } = prepared;
    const figures = evaluated && (await figuresOf(prepared, evaluated, options, signal));
    const ran = await learned(prepared, options, signal);
    const told = noteOf(ran, options, 'pairs', dev && `nDCG@10 of ${dev.split.name}`);
    const after = await figures?.after(told);
    if (options.out !== undefined) {
      const card = await modelCard({ options, learnedFrom, told, dim, figures: after });
      const embedded = after && {
        corpus: after.embedded.corpus.vectors,
        queries: after.embedded.queries.vectors,
      };
      const matrices = { ...learnedNames(sides.parameters), ...besides, ...embedded };
      await saveTrained(options.out, { matrices, layers, card }, signal);
    }
    tell(options, ran, told, after);
  } finally {
    await prepared.close();
  }
}

/** By the names of the parameters; weights alone are a projection. */
function learnedNames(parameters: Parameters): Parameters {
  const { weights, ...others } = parameters;
  return weights === undefined ? parameters : { projection: weights, ...others };
}

/** Refuses what would be refused after long work. */
async function checkBeforeReading(options: JobOptions & RunOptions): Promise<void> {
  const { out, report } = options;
  if (options.resume && options.checkpoints === undefined)
    refuse('train', '--checkpoints must be given where --resume is', 'none');
  if (options.side === 'query' && options.dim !== undefined && options.encoder === 'vectors')
    refuse(
      'train',
      '--dim must be left out where --side is query, whose documents stay as they are',
      options.dim,
    );
  checkDev(options);
  if (out !== undefined) await checkNewFolder('train', out);
  // reports are loaded where one is asked for
  if (report !== undefined) await (await import('./reporting/report.ts')).checkReport('train', report);
  if (options.negatives > 0) await checkIndex(options.index);
}

/** That there is something held out to decide by; of a folder its splits say so. */
function checkDev(options: JobOptions): void {
  const { patience, schedule, pairs, labelled } = options;
  if (patience === undefined && schedule !== 'plateau') return;
  const flag = labelled !== undefined ? 'dev-labelled' : pairs !== undefined ? 'dev-pairs' : undefined;
  if (flag !== undefined && options[flag] === undefined)
    refuse('train', `--${flag} must be given where --patience or --schedule plateau is`, 'none');
}
