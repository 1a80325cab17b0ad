import type { NamedResult } from '../catalog/row.ts';
import type { Distance } from '../distances/distance.ts';
import { exact } from '../neighbors/exact.ts';
import { hnsw } from '../neighbors/hnsw.ts';
import type { NeighborIndex } from '../neighbors/neighbor-index.ts';
import { type Limits, NO_LIMITS } from './limits.ts';
import type { StoredFolder } from './stored-folder.ts';
import { type Turns, turns } from './turns.ts';

export interface ServiceOptions {
  /** how neighbors are found: every query against every row, or through a graph */
  readonly kind: 'exact' | 'hnsw';
  readonly distance: Distance;
  /** candidates a graph search keeps, where a search does not say */
  readonly ef: number;
  /** the most bytes of an answer */
  readonly most: number;
  /** @default none */
  readonly limits?: Limits;
  /** calls that compute at a time. @default 1 */
  readonly parallel?: number;
}

/** What calls are answered from: the rows that were handed in. */
export interface Service extends ServiceOptions {
  readonly limits: Limits;
  /** absent until it is known of what dimension rows are */
  index?: NeighborIndex;
  /** how often rows came, went or were restored */
  changes: number;
  /** where rows are kept beyond the process; absent where they are not */
  folder?: StoredFolder;
  /** of a loss, and nobody looks at it any more: 16 MiB of gradients made anew cost ms, and garbage collections while it is computed */
  spent?: NamedResult;
  /** of calls that compute */
  readonly working: Turns;
  /** of calls that change rows, so that they are kept in the order in which they are stored */
  readonly writing: Turns;
}

/** A service without rows. */
export function emptyService(options: ServiceOptions): Service {
  const { limits = NO_LIMITS, parallel = 1 } = options;
  return { ...options, limits, changes: 0, working: turns(parallel), writing: turns(1) };
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
