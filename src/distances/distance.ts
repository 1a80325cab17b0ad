import type { Similarity } from '../kernels/kernels.ts';

/** How far two rows are, and its chain rule. Smaller is closer, always. */
export interface RowDistance {
  readonly name: string;
  /** The distance of two rows of equal length. */
  between(x: Float32Array, y: Float32Array): number;
  /** Adds upstream · ∂d/∂x to `dx` and upstream · ∂d/∂y to `dy`. */
  backward(x: Float32Array, y: Float32Array, upstream: number, dx: Float32Array, dy: Float32Array): void;
}

/** A distance that kernels and indexes can search by. */
export interface Distance extends RowDistance {
  /** what they sort by to find the closest */
  readonly similarity: Similarity;
  /** What they sort by, the larger the closer: the inner product, the cosine, or minus the squared distance. */
  score(x: Float32Array, y: Float32Array): number;
  /** The distance that belongs to such a score. */
  fromScore(score: number): number;
}

/** The similarity that a distance stands for: the cosine, the inner product, or minus the distance. */
export function similarityAt({ similarity }: Distance, distance: number): number {
  return similarity === 'cosine' ? 1 - distance : -distance;
}
