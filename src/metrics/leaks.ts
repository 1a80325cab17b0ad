import { refuse } from '../core/check.ts';
import { rowsBetween, type Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { similarTexts } from './similar-texts.ts';

/** Queries, or answer documents, of a training and a test split. */
export interface SplitRows {
  /** numbers of rows, each once */
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** The texts of such rows; absent where there are none. */
  texts?(rows: Uint32Array): Promise<readonly string[]>;
  /** The vectors of such rows; absent where there are none. */
  vectors?(rows: Uint32Array): Promise<Matrix>;
}

export interface LeakOptions {
  /** The cosine from which two vectors are near-duplicates, in (0, 1]. @default 0.95 */
  readonly threshold?: number;
  /** The Jaccard similarity of five-character shingles from which two texts are, in (0, 1]. @default 0.8 */
  readonly textThreshold?: number;
}

/** A test row and the training row it is most like. */
export interface NearDuplicate {
  readonly test: number;
  readonly train: number;
  readonly similarity: number;
}

export interface Leaks {
  /** rows of both splits */
  readonly shared: Uint32Array;
  /** of the others, those with a near-duplicate text in training; absent where there are no texts */
  readonly texts?: readonly NearDuplicate[];
  /** of the others, those with a near-duplicate vector in training; absent where there are no vectors */
  readonly vectors?: readonly NearDuplicate[];
}

/** Test rows whose nearest is looked for at once. */
const AT_ONCE = 4096;

/**
 * What a test split has in common with a training split: rows of both, and test rows with a near-duplicate in training, by text
 * (`similarTexts`) and by vector. Both searches are exact. What a model was shown in training it may answer by heart.
 *
 * @throws RangeError if a threshold is not in (0, 1]
 */
export async function leaks(
  { train, test, texts, vectors }: SplitRows,
  { threshold = 0.95, textThreshold = 0.8 }: LeakOptions = {},
): Promise<Leaks> {
  if (!(threshold > 0 && threshold <= 1)) refuse('leaks', 'threshold must be a number in (0, 1]', threshold);
  const trained = new Set(train);
  const others = test.filter((row) => !trained.has(row));
  return {
    shared: test.filter((row) => trained.has(row)),
    texts: texts && similarOf(others, train, await texts(others), await texts(train), textThreshold),
    vectors: vectors && (await nearOf(others, train, await vectors(others), await vectors(train), threshold)),
  };
}

function similarOf(
  test: Uint32Array,
  train: Uint32Array,
  testTexts: readonly string[],
  trainTexts: readonly string[],
  threshold: number,
): readonly NearDuplicate[] {
  const found = new Map<number, NearDuplicate>();
  similarTexts(testTexts, trainTexts, threshold, (i, j, similarity) => {
    if (similarity > (found.get(i)?.similarity ?? 0))
      found.set(i, { test: test[i], train: train[j], similarity });
  });
  return [...found].sort(([a], [b]) => a - b).map(([, pair]) => pair);
}

async function nearOf(
  test: Uint32Array,
  train: Uint32Array,
  testRows: Matrix,
  trainRows: Matrix,
  threshold: number,
): Promise<readonly NearDuplicate[]> {
  const found: NearDuplicate[] = [];
  if (train.length === 0) return found;
  const ids = Uint32Array.from(train, (_, i) => i);
  const corpus = { rows: trainRows, ids, packed: await kernels.later.pack(trainRows) };
  for (let first = 0; first < test.length; first += AT_ONCE) {
    const block = rowsBetween(testRows, first, Math.min(first + AT_ONCE, test.length));
    const { rows, scores } = await kernels.later.topK(block, corpus, 1, { similarity: 'cosine' });
    // a score is a float32: what equals the threshold may be a little less
    scores.forEach((similarity, b) => {
      if (similarity >= Math.fround(threshold))
        found.push({ test: test[first + b], train: train[rows[b]], similarity });
    });
  }
  return found;
}
