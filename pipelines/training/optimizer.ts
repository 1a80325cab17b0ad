import { checkOneOf } from '../../src/core/check.ts';
import { adamW } from '../../src/optimizers/adamw.ts';
import { clamped } from '../../src/optimizers/clamped.ts';
import { clipped } from '../../src/optimizers/clip.ts';
import { weightsOnly } from '../../src/optimizers/decay.ts';
import { grouped } from '../../src/optimizers/grouped.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { type Plateau, plateau } from '../../src/optimizers/plateau.ts';
import {
  constantRate,
  cosineRate,
  linearRate,
  type Schedule,
  warmedUp,
} from '../../src/optimizers/schedules.ts';
import { sgd } from '../../src/optimizers/sgd.ts';
import { sparseAdam } from '../../src/optimizers/sparse-adam.ts';
import type { JobOptions } from './options.ts';

export interface Stepping {
  readonly optimizer: Optimizer;
  /** of what is no table */
  readonly rate: Schedule;
  /** of schedule plateau: told of each look at dev */
  readonly plateau?: Plateau;
}

/** Highest scale, as CLIP clamps it: a temperature of 0.01. */
const MOST_SCALE = Math.log(100);

/** What takes the steps of a job: tables of texts by an Adam of the rows that were touched, a temperature within its bounds. */
export function stepping(options: JobOptions, steps: number): Stepping {
  const { rate: highest, 'table-rate': tableRate = highest, decay, clip } = options;
  const falling =
    options.schedule === 'plateau' ? plateau({ rate: highest, better: 'high', patience: 1 }) : undefined;
  const rate = warmedUp(options['warm-up'], falling?.rate ?? scheduleOf(options, steps));
  const rest =
    options.optimizer === 'sgd'
      ? sgd({ rate, momentum: 0.9, decay: weightsOnly(decay) })
      : adamW({ rate, decay: weightsOnly(decay) });
  const share = tableRate / highest;
  const each = grouped({ tables: sparseAdam({ rate: (step) => share * rate(step) }), rest }, groupOf);
  const short = clip === undefined ? each : clipped(each, clip);
  const optimizer = options['learn-temperature']
    ? clamped(short, { 'loss.logScale': [0, MOST_SCALE] })
    : short;
  return { optimizer, rate, plateau: falling };
}

/** Falls from the end of the warm-up to the last step. */
function scheduleOf(options: JobOptions, steps: number): Schedule {
  const { rate, schedule } = options;
  const falling = { rate, steps: Math.max(1, steps - options['warm-up']) };
  checkOneOf('train', '--schedule', schedule, ['linear', 'cosine', 'constant']);
  if (schedule === 'constant') return constantRate(rate);
  return schedule === 'cosine' ? cosineRate(falling) : linearRate(falling);
}

function groupOf(name: string): 'tables' | 'rest' {
  return name === 'table' || name.endsWith('.table') ? 'tables' : 'rest';
}
