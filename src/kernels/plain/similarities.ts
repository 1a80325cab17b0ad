import type { Matrix } from '../../core/matrix.ts';
import type { Similarity } from '../kernels.ts';
import { rowSquares } from './normalize.ts';
import { dots } from './products.ts';

/**
 * Scores queries against fixed rows: queries × rows, the larger the closer. The inner product, the cosine (0
 * where either is a zero row), or minus the squared euclidean distance.
 */
export function similarities(rows: Matrix, similarity: Similarity): (queries: Matrix) => Float64Array {
  const squares = rowSquares(rows);
  return (queries) => {
    const scores = new Float64Array(queries.rows * rows.rows);
    dots(queries, rows, scores);
    if (similarity === 'dot') return scores;
    const querySquares = rowSquares(queries);
    for (let i = 0, e = 0; i < queries.rows; i++) {
      for (let j = 0; j < rows.rows; j++, e++) {
        const [xx, yy] = [querySquares[i], squares[j]];
        if (similarity === 'euclidean') scores[e] = Math.min(0, 2 * scores[e] - xx - yy);
        else scores[e] = xx === 0 || yy === 0 ? 0 : scores[e] / (Math.sqrt(xx) * Math.sqrt(yy));
      }
    }
    return scores;
  };
}
