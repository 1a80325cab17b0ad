import type { Distance } from '../distances/distance.ts';
import { exact } from '../neighbors/exact.ts';
import { hnsw } from '../neighbors/hnsw.ts';
import type { NeighborIndex } from '../neighbors/neighbor-index.ts';

export interface ServiceOptions {
  /** how neighbors are found: every query against every row, or through a graph */
  readonly kind: 'exact' | 'hnsw';
  readonly distance: Distance;
  /** candidates a graph search keeps, where a search does not say */
  readonly ef: number;
  /** the most bytes of an answer */
  readonly most: number;
}

/** What calls are answered from: the rows that were handed in. */
export interface Service extends ServiceOptions {
  /** absent until it is known of what dimension rows are */
  index?: NeighborIndex;
}

/** The index, for rows of a dimension: an empty one takes the dimension of what comes. */
export function indexFor(service: Service, dim: number): NeighborIndex {
  const { index, kind, distance, ef } = service;
  if (index !== undefined && (index.dim === dim || index.size > 0)) return index;
  const made = kind === 'exact' ? exact({ dim, distance }) : hnsw({ dim, distance, ef });
  index?.dispose();
  service.index = made;
  return made;
}
