import { lastValueFrom, pipe } from 'rxjs';
import { type Bags, gatherBags } from '../../src/core/bags.ts';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import { random, shuffled } from '../../src/core/random.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { embeddingBag } from '../../src/models/text/embedding-bag.ts';
import { nGramBuckets } from '../../src/models/text/n-grams.ts';
import { sparseAdam } from '../../src/optimizers/sparse-adam.ts';
import type { PairBatch } from '../../src/streams/batches.ts';
import { descend } from '../../src/streams/descend.ts';
import { embed } from '../../src/streams/embed.ts';
import { pull } from '../../src/streams/pull.ts';
import { score } from '../../src/streams/score.ts';
import { column, labelsOf, SEED } from '../data.ts';
import type { Matrices } from '../tasks/task.ts';
import { EPSILON, type Job, PAIRS, RATE, rowsOf, TEMPERATURE } from './job.ts';

const [BUCKETS, DIM, WORDS, A_TEXT] = [65_536, 256, 20_000, 10];

/** Texts of ten words, and their parts of three to five letters, as sums of rows of a table, of which a step moves those it touched. */
export const texts: Job = {
  name: 'text encoder',
  problem: 'bags',
  steps: 5,
  inputs() {
    const words = Array.from({ length: WORDS }, (_, w) => entriesOf(w));
    const { uniform, below } = random(SEED, 3);
    // some words are in many texts, and most in few
    const drawn = (): number => Math.floor(WORDS ** uniform());
    const said = Array.from({ length: PAIRS }, () => Array.from({ length: A_TEXT }, drawn));
    // a positive shares about three words with its anchor
    const again = said.map((text) => text.map((word) => (below(10) < 3 ? word : drawn())));
    return {
      ...bagInputs('anchor', said, words),
      ...bagInputs('positive', again, words),
      order: column(shuffled(PAIRS, random(SEED, 2))),
      table: embeddingBag({ rows: BUCKETS, dim: DIM }).parameters.table,
    };
  },
  ours(inputs) {
    const encoder = embeddingBag({ rows: BUCKETS, dim: DIM, start: inputs.table });
    const [anchors, positives] = [bagsOf('anchor', inputs), bagsOf('positive', inputs)];
    const turn = pipe(
      embed(encoder),
      score(infoNce({ temperature: TEMPERATURE })),
      descend(encoder.parameters, sparseAdam({ rate: RATE, epsilon: EPSILON })),
    );
    let step = 0;
    function* batches(steps: number): Generator<PairBatch<Bags>, void, undefined> {
      for (const end = step + steps; step < end; step++) {
        const ids = rowsOf(inputs.order, step);
        const features = { anchors: gatherBags(anchors, ids), positives: gatherBags(positives, ids), ids };
        yield { step, features, queryIds: ids };
      }
    }
    return {
      parameters: encoder.parameters,
      train: async (steps) => (await lastValueFrom(pull(batches(steps), turn))).value,
    };
  },
};

/** Buckets of a made-up word of three to nine letters, and of its parts. */
function entriesOf(word: number): number[] {
  const { below } = random(SEED, 4, word);
  const letters = Array.from({ length: 3 + below(7) }, () => String.fromCharCode(97 + below(26)));
  return [word, ...nGramBuckets(letters.join(''), [3, 5], BUCKETS)];
}

function bagInputs(name: string, said: readonly number[][], words: readonly number[][]): Matrices {
  const entries = said.map((text) => text.flatMap((word) => words[word]));
  const offsets = new Float64Array(said.length + 1);
  entries.forEach(({ length }, i) => (offsets[i + 1] = offsets[i] + length));
  const { uniform } = random(SEED, 5);
  const weights = new Float32Array(offsets[said.length]).map(() => 0.5 + uniform() / 2);
  return {
    [`${name}-offsets`]: column(offsets),
    [`${name}-ids`]: column(entries.flat()),
    [`${name}-weights`]: matrix(weights.length, 1, weights),
  };
}

function bagsOf(name: string, inputs: Matrices): Bags {
  return {
    offsets: wholeNumbers(inputs[`${name}-offsets`]),
    ids: wholeNumbers(inputs[`${name}-ids`]),
    weights: inputs[`${name}-weights`].data,
  };
}

function wholeNumbers(m: Matrix): Uint32Array {
  return Uint32Array.from(labelsOf(m));
}
