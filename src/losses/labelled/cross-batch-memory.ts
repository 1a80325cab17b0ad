import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkEqual, checkWhole, refuse } from '../../core/check.ts';
import { matrix, row, rowsBetween, type Matrix } from '../../core/matrix.ts';
import type { Loss } from '../loss.ts';
import type { PromisedLoss } from '../promised.ts';

export interface CrossBatchMemoryOptions {
  /** How many rows are remembered, the newest. */
  readonly size: number;
  /** How many batches go by before the first is remembered: rows of an encoder that still moves fast are soon of no use. @default 0 */
  readonly warmUp?: number;
  /**
   * Whether a batch stands against the memory alone and not also against itself. The paper adds the two up: `blended([1, loss],
   * [1, crossBatchMemory(loss, { size, alone: true })])`. @default false
   */
  readonly alone?: boolean;
  /** Where another memory of this size left off. @default nothing remembered */
  readonly state?: MemoryState;
}

/** All there is to a memory: one made from it goes on as this one would have. */
export interface MemoryState {
  /** batches there have been */
  readonly steps: number;
  /** the row that the next one is written over */
  readonly next: number;
  /** rows remembered × dim */
  readonly embeddings: Matrix;
  /** rows remembered */
  readonly labels: Int32Array;
  /** rows remembered; absent where batches have none */
  readonly ids?: Uint32Array;
}

export interface CrossBatchMemory extends PromisedLoss<Labelled, LabelledGradients> {
  /** A copy. */
  state(): MemoryState;
}

/**
 * A loss of a batch against rows of earlier batches too, as they were then: references that are constant. Each call is a step, after
 * which the batch is remembered and the oldest rows are forgotten.
 *
 * What the loss says of a batch with references, of which there are none at first. The memory is never of anything but rows there were: it starts empty, and what
 * of a batch goes past its end goes on at its beginning. With `ids` no row meets an older copy of its own item. What was mined is
 * taken as it is, and names no remembered row unless its miner knew it. A batch that the loss refuses is not
 * remembered. There is no gradient of references. Promised, a step is taken when the promise is kept, and until then there is no other. A
 * loss of one's own that promises nothing runs in one piece.
 *
 * @throws RangeError if size is not a whole number >= 1 or warmUp one >= 0, the state is not of such a memory, a batch has references of
 *   its own or other columns than the one before, some batches have ids and others not, or the promise of the last step is not yet kept
 * @see Wang et al., "Cross-batch memory for embedding learning", 2020, algorithm 1 (whose code too fills the memory after the warm-up)
 */
export function crossBatchMemory(
  loss: Loss<Labelled, LabelledGradients> | PromisedLoss<Labelled, LabelledGradients>,
  { size, warmUp = 0, alone = false, state }: CrossBatchMemoryOptions,
): CrossBatchMemory {
  checkWhole('crossBatchMemory', 'size', size, 1);
  checkWhole('crossBatchMemory', 'warmUp', warmUp);
  if (state !== undefined) checkState(state, size);
  let steps = state?.steps ?? 0;
  let ring = state && ringOf(state, size);

  let promising = false;
  const begin = (batch: Labelled): Labelled => {
    if (promising)
      refuse(
        'crossBatchMemory',
        'the promise of the last step must be kept before the next',
        'one that is not',
      );
    if (ring !== undefined) checkFits(batch, ring);
    if (batch.references !== undefined) refuse('crossBatchMemory', 'references must be none', 'some');
    return { ...batch, references: { ...remembered(ring ?? emptyRing(batch, 0)), alone } };
  };
  const end = (batch: Labelled): void => {
    if (steps >= warmUp) {
      ring ??= emptyRing(batch, size);
      remember(ring, batch);
    }
    steps++;
  };
  const remembering = (batch: Labelled, { embeddings }: Partial<LabelledGradients> = {}) => {
    const found = loss(begin(batch), { embeddings });
    end(batch);
    return found;
  };
  return Object.assign(remembering, {
    async later(batch: Labelled, { embeddings }: Partial<LabelledGradients> = {}) {
      const beside = begin(batch);
      promising = true;
      try {
        const found = await ('later' in loss ? loss.later : loss)(beside, { embeddings });
        end(batch);
        return found;
      } finally {
        promising = false;
      }
    },
    state: () =>
      structuredClone({
        steps,
        next: ring?.next ?? 0,
        ...remembered(ring ?? emptyRing({ embeddings: matrix(0, 0) }, 0)),
      }),
  });
}

/** Rows from the first on as many as were ever remembered, and then those that are not yet written. */
interface Ring {
  count: number;
  next: number;
  readonly embeddings: Matrix;
  readonly labels: Int32Array;
  readonly ids?: Uint32Array;
}

function emptyRing({ embeddings, ids }: Pick<Labelled, 'embeddings' | 'ids'>, size: number): Ring {
  return {
    count: 0,
    next: 0,
    embeddings: matrix(size, embeddings.cols),
    labels: new Int32Array(size),
    ids: ids && new Uint32Array(size),
  };
}

function ringOf(state: MemoryState, size: number): Ring | undefined {
  if (state.labels.length === 0) return undefined;
  const ring = emptyRing(state, size);
  remember(ring, state);
  ring.next = state.next;
  return ring;
}

/** Views. */
function remembered({ count, embeddings, labels, ids }: Ring): Omit<MemoryState, 'steps' | 'next'> {
  return {
    embeddings: rowsBetween(embeddings, 0, count),
    labels: labels.subarray(0, count),
    ids: ids?.subarray(0, count),
  };
}

/** Writes a batch over the oldest rows, of a batch larger than the memory the last ones. */
function remember(ring: Ring, { embeddings, labels, ids }: Labelled): void {
  const size = ring.labels.length;
  for (let i = Math.max(0, labels.length - size); i < labels.length; i++) {
    row(ring.embeddings, ring.next).set(row(embeddings, i));
    ring.labels[ring.next] = labels[i];
    if (ring.ids !== undefined && ids !== undefined) ring.ids[ring.next] = ids[i];
    ring.next = (ring.next + 1) % size;
    ring.count = Math.min(size, ring.count + 1);
  }
}

function checkFits({ embeddings, ids }: Labelled, ring: Ring): void {
  checkEqual('crossBatchMemory', 'embeddings.cols', embeddings.cols, ring.embeddings.cols);
  if ((ids === undefined) !== (ring.ids === undefined)) {
    const [before, now] = ids === undefined ? ['some', 'none'] : ['none', 'some'];
    refuse('crossBatchMemory', `ids must be ${before}, as before`, now);
  }
}

function checkState({ steps, next, embeddings, labels, ids }: MemoryState, size: number): void {
  const { rows } = embeddings;
  checkWhole('crossBatchMemory', 'state.steps', steps);
  if (rows > size) refuse('crossBatchMemory', `state.embeddings.rows must be at most ${size}`, rows);
  checkEqual('crossBatchMemory', 'state.labels.length', labels.length, rows);
  if (ids !== undefined) checkEqual('crossBatchMemory', 'state.ids.length', ids.length, rows);
  checkWhole('crossBatchMemory', 'state.next', next);
  if (rows < size) checkEqual('crossBatchMemory', 'state.next', next, rows);
  else if (next >= size) refuse('crossBatchMemory', `state.next must be a row in [0, ${size})`, next);
}
