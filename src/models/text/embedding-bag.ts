import { type Bags, checkBags, joinedBags, turned } from '../../core/bags.ts';
import { checkEqual, checkWhole } from '../../core/check.ts';
import type { Matrix } from '../../core/matrix.ts';
import { kernels } from '../../kernels/active.ts';
import { gaussian } from '../gaussian.ts';
import type { Normalized } from '../../kernels/kernels.ts';
import type { Encoder } from '../model.ts';

export interface EmbeddingBagOptions {
  /** of the table: `vocabularyRows` of texts */
  readonly rows: number;
  readonly dim: number;
  /** rows × dim, copied: what the table begins as. @default normal with variance 1 / dim */
  readonly start?: Matrix;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * A bag ↦ s / |s|, s = Σ weight · row of `table`: what a text is made into by its words and their parts. An empty bag is a zero row. The
 * gradient is of the rows that the batch touched, and no others: `sparseAdam` moves them alone.
 *
 * @throws RangeError if rows or dim is not a whole number >= 1, or start has another shape; at `forward`, if a bag holds a row that is not
 *   there, or there is not a weight for each
 */
export function embeddingBag({ rows, dim, start, seed = 0 }: EmbeddingBagOptions): Encoder<Bags> {
  checkWhole('embeddingBag', 'rows', rows, 1);
  checkWhole('embeddingBag', 'dim', dim, 1);
  if (start !== undefined) {
    checkEqual('embeddingBag', 'start.rows', start.rows, rows);
    checkEqual('embeddingBag', 'start.cols', start.cols, dim);
  }
  const table =
    start === undefined
      ? gaussian(rows, dim, 1 / Math.sqrt(dim), seed)
      : { ...start, data: start.data.slice() };
  return {
    parameters: { table },
    // a row that both hold has one gradient then, and not two to be added up
    joined: joinedBags,
    forward(bags) {
      checkBags('embeddingBag', bags, rows);
      const normalized = bagSums(bags, table);
      return {
        output: normalized.unit,
        backward(upstream) {
          const holders = turned(bags, rows);
          const sums = kernels.normalizeBackward(normalized, upstream);
          return { table: { numbers: holders.rows, values: kernels.weightedSums(holders.bags, sums) } };
        },
      };
    },
  };
}

/** Σ weight · row of each bag, as unit vectors and their lengths. */
export function bagSums(bags: Bags, table: Matrix): Normalized {
  return kernels.normalize(kernels.weightedSums(bags, table));
}
