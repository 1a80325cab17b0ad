import { rowsBetween, type Matrix } from '../../core/matrix.ts';
import type { Hardest, Similarity } from '../kernels.ts';
import { similarities } from './similarities.ts';

const BLOCK = 64;

/** Among equally far or near rows the first. */
export function hardest(embeddings: Matrix, labels: Int32Array, similarity: Similarity): Hardest {
  const { rows } = embeddings;
  const positives = new Int32Array(rows).fill(-1);
  const negatives = new Int32Array(rows).fill(-1);
  const scoresOf = similarities(embeddings, similarity);
  for (let start = 0; start < rows; start += BLOCK) {
    const block = rowsBetween(embeddings, start, Math.min(start + BLOCK, rows));
    const scores = scoresOf(block);
    for (let i = start; i < start + block.rows; i++) {
      let [farthest, closest] = [Infinity, -Infinity];
      for (let j = 0; j < rows; j++) {
        // rounded here, so that what ties in float32 is a tie
        const score = Math.fround(scores[(i - start) * rows + j]);
        if (labels[i] === labels[j]) {
          if (i !== j && score < farthest) [farthest, positives[i]] = [score, j];
        } else if (score > closest) {
          [closest, negatives[i]] = [score, j];
        }
      }
    }
  }
  return { positives, negatives };
}
