import { refuse } from '../src/core/check.ts';
import { EVALUATE_RUN_OPTIONS } from './evaluate-run-options.ts';
import { DATA_OPTIONS, DISTANCE_OPTION } from './options.ts';

/** None has a default that yargs knows of: each is refused beside --qrels, so it must show whether it was given. */
export const EVALUATE_OPTIONS = {
  ...DATA_OPTIONS,
  data: { ...DATA_OPTIONS.data, default: undefined },
  split: { ...DATA_OPTIONS.split, default: undefined, defaultDescription: DATA_OPTIONS.split.default },
  seed: { ...DATA_OPTIONS.seed, default: undefined, defaultDescription: String(DATA_OPTIONS.seed.default) },
  json: { ...DATA_OPTIONS.json, default: undefined },
  distance: { ...DISTANCE_OPTION, default: undefined, defaultDescription: DISTANCE_OPTION.default },
  depth: {
    type: 'number',
    describe:
      'documents ranked for each query; MRR goes over these, and a figure at a greater cut sees no more',
    defaultDescription: '1000, or a smaller corpus',
    requiresArg: true,
  },
} as const;

/** What each of them is nothing without. */
export const EVALUATE_RUN_IMPLIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(EVALUATE_RUN_OPTIONS).map((name) => [name, 'qrels'])),
  qrels: 'run',
};

/** Refuses an option but -m that is given again, which yargs makes a list of. */
export function checkOnce(options: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(options)) {
    if (Array.isArray(value) && name !== '_' && name !== 'measure' && name !== 'm') {
      refuse('evaluate', `--${name} must be given once`, `${value.length} times`);
    }
  }
  return true;
}
