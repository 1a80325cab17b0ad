import { bagCount, type Bags } from '../../core/bags.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';

export function weightedSums(bags: Bags, { cols, data }: Matrix, out = matrix(bagCount(bags), cols)): Matrix {
  const { offsets, ids, weights } = bags;
  const sums = new Float64Array(cols);
  for (let i = 0; i < bagCount(bags); i++) {
    sums.fill(0);
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      const [at, weight] = [ids[e] * cols, weights[e]];
      for (let k = 0; k < cols; k++) sums[k] += weight * data[at + k];
    }
    out.data.set(sums, i * cols);
  }
  return out;
}
