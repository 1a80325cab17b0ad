import { checkWhole, refuse } from '../core/check.ts';

/** When a graph takes in what came since it was linked. A change is an `add` or a `remove`. */
export interface RebuildPolicy {
  /** Rows that were added since, as a share of the linked ones, from which they are linked; the change that brings the last of them waits for it. @default 0.02 */
  readonly staged?: number;
  /** Rows that were replaced or removed, as a share of all kept, from which the graph is built anew without them. @default 0.33 */
  readonly dead?: number;
  /**
   * Fewer live rows than this are not worth linking: every search looks at them all, which takes a batch of queries no longer than the
   * graph would, and nothing is spent on links. Where queries come one at a time, fewer are worth it. @default 20000
   */
  readonly least?: number;
  /** Also after so many changes, whatever their rows. @default Infinity */
  readonly every?: number;
  /** Changes from the one at which a graph is begun anew to the one it is searched from: until then the index answers as before. @default 4 */
  readonly after?: number;
  /** Is told of each rebuild once it is done. */
  readonly show?: (rebuilt: Rebuilt) => void;
}

export interface Rebuilt {
  /** whether the graph was linked anew, without what was dead, or what came was linked to a copy of it */
  readonly anew: boolean;
  /** rows that were linked */
  readonly rows: number;
  readonly seconds: number;
  /** the change at which it began */
  readonly begun: number;
}

/** What an index has at the moment. */
export interface Standing {
  readonly linked: number;
  readonly staged: number;
  readonly dead: number;
  /** changes since the last rebuild began */
  readonly changes: number;
}

/** `compact` leaves no graph, and no dead rows. */
export type Rebuild = 'none' | 'extend' | 'anew' | 'compact';

export interface Rebuilds {
  readonly after: number;
  readonly show?: (rebuilt: Rebuilt) => void;
  due(standing: Standing): Rebuild;
}

/** @throws RangeError if a share is not a number >= 0, or a count not a whole number */
export function rebuilds({
  staged = 0.02,
  dead = 0.33,
  least = 20_000,
  every = Infinity,
  after = 4,
  show,
}: RebuildPolicy = {}): Rebuilds {
  for (const [name, share] of [
    ['staged', staged],
    ['dead', dead],
  ] as const) {
    if (!(share >= 0)) refuse('hnsw', `rebuild.${name} must be a number >= 0`, share);
  }
  checkWhole('hnsw', 'rebuild.least', least);
  if (every !== Infinity) checkWhole('hnsw', 'rebuild.every', every, 1);
  checkWhole('hnsw', 'rebuild.after', after);
  return {
    after,
    show,
    due(now) {
      const kept = now.linked + now.staged;
      const live = kept - now.dead;
      if (live < least) return now.dead > live ? 'compact' : 'none';
      if (now.dead > dead * kept) return 'anew';
      const late = now.changes >= every && now.staged + now.dead > 0;
      return now.staged > staged * now.linked || late ? 'extend' : 'none';
    },
  };
}
