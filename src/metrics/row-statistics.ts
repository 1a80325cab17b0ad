import type { Matrix } from '../core/matrix.ts';
import { innerProduct } from '../core/products.ts';
import { pauses } from '../core/patience.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { quantile } from './quantile.ts';

/** What one pass over rows tells of them. */
export interface RowStatistics {
  readonly rows: number;
  readonly cols: number;
  /** rows of zeros alone */
  readonly zeroRows: number;
  /** rows that are, number by number, the same as one before; zero rows aside */
  readonly duplicates: number;
  /** lengths of the rows: the least, the shares .05, .25, .5, .75 and .95, and the greatest; NaN of no rows */
  readonly norms: readonly number[];
  /**
   * the mean cosine of two different rows, zero rows aside: 0 where directions are even, 1 where all rows point the same way (anisotropy); NaN of
   * fewer than two
   */
  readonly meanCosine: number;
  /** cols; the standard deviation of each column */
  readonly deviations: Float64Array;
  /** the columns whose deviation is less than a thousandth of the greatest: they tell rows apart no more than a constant; all where no row differs */
  readonly dead: readonly number[];
}

/** The shares of `norms`. */
export const NORM_SHARES: readonly number[] = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];
/** The share of the greatest deviation under which a column is dead. */
const DEAD = 1e-3;

/**
 * Statistics of rows that come in chunks, exact over all of them: what is kept is a number, a hash and a set's entry a row. The mean cosine is of all pairs, by (|Σ u|² - n) /
 * (n (n - 1)) of unit rows u. Duplicates are told by a hash of 53 bits.
 *
 * @throws RangeError if an entry is not finite
 * @see Ethayarajh, "How contextual are contextualized word representations?", 2019, section 3.3 (anisotropy); Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983 (deviations)
 */
export async function rowStatistics(
  chunks: Iterable<Matrix> | AsyncIterable<Matrix>,
): Promise<RowStatistics> {
  const [norms, hashes]: [number[], number[]] = [[], []];
  let [rows, cols] = [0, 0];
  let [means, squares, directions] = [0, 0, 0].map(() => new Float64Array(0));
  const pause = pauses();
  for await (const chunk of chunks) {
    checkFiniteRows('rowStatistics', 'rows', chunk, rows);
    if (cols === 0) {
      ({ cols } = chunk);
      [means, squares, directions] = [0, 0, 0].map(() => new Float64Array(cols));
    }
    for (let i = 0; i < chunk.rows; i++) {
      const x = chunk.data.subarray(i * cols, (i + 1) * cols);
      rows++;
      for (let k = 0; k < cols; k++) {
        const off = x[k] - means[k];
        means[k] += off / rows;
        squares[k] += off * (x[k] - means[k]);
      }
      const norm = Math.sqrt(innerProduct(x, x));
      norms.push(norm);
      if (norm === 0) continue;
      for (let k = 0; k < cols; k++) directions[k] += x[k] / norm;
      hashes.push(hashOf(x));
    }
    await pause();
  }
  const deviations = squares.map((square) => Math.sqrt(square / rows));
  const greatest = deviations.reduce((most, deviation) => Math.max(most, deviation), 0);
  const sorted = Float64Array.from(norms).sort();
  const counted = hashes.length;
  const together = innerProductOf(directions);
  return {
    rows,
    cols,
    zeroRows: rows - counted,
    duplicates: counted - new Set(hashes).size,
    norms: NORM_SHARES.map((share) => (rows === 0 ? NaN : quantile(sorted, share))),
    meanCosine: counted < 2 ? NaN : (together - counted) / (counted * (counted - 1)),
    deviations,
    dead: Array.from(deviations.keys()).filter((k) => deviations[k] < DEAD * greatest || greatest === 0),
  };
}

function innerProductOf(x: Float64Array): number {
  return x.reduce((sum, value) => sum + value * value, 0);
}

const ROOM = new Float32Array(1);
const BITS = new Uint32Array(ROOM.buffer);

/** Two FNV-1a hashes of 32 bits with other starts, as one number of 53; -0 is 0. */
function hashOf(x: Float32Array): number {
  let [high, low] = [0x811c9dc5, 0x9747b28c];
  for (const value of x) {
    ROOM[0] = value + 0;
    high = Math.imul(high ^ BITS[0], 0x01000193);
    high ^= high >>> 15;
    low = Math.imul(low ^ BITS[0], 0x85ebca6b);
    low ^= low >>> 13;
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
