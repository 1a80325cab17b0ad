import { refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import type { TopK, TopKOptions } from '../kernels/kernels.ts';
import { checkDim, checkObject, checkSearch } from './check-stored.ts';
import { type NeighborIndex, neighborsFrom } from './neighbor-index.ts';
import { type RowLog, rowLog } from './row-log.ts';
import { writeIndex } from './saved-index.ts';
import { scanFrom } from './scan.ts';
import { ceilingScores, neighborsBelow } from './search-below.ts';

export interface ExactOptions {
  readonly dim: number;
  /** @default cosine */
  readonly distance?: Distance;
}

/** Replaced and removed rows are kept until they are more than the others, or fewer than this. */
const FEW = 1000;

/**
 * The true neighbors: every query against every row. Costs rows × dim a query and no build.
 *
 * Searches leave the event loop free and answer from the rows there were when they were asked. The rows are kept twice, as they
 * came and as the kernels read them; a search brings the second up to date first, where rows have come.
 *
 * Scores are rounded to float32 before they are compared, so equal scores are ties, and ties go to the smaller id.
 *
 * @throws RangeError if dim is not a whole number in [1, 65536]
 */
export function exact(options: ExactOptions): NeighborIndex {
  checkDim('exact', options.dim);
  return exactFrom(options, rowLog({ where: 'exact', dim: options.dim, withInverse: false }));
}

/** The same, of rows that are there. */
export function exactFrom({ dim, distance = cosine }: ExactOptions, start: RowLog): NeighborIndex {
  let log = start;
  let scan = scanFrom(0, { kept: true });
  let disposed = false;
  const usable = (): void => {
    if (disposed) refuse('exact', 'an index must not be used after dispose()', 'a call');
  };
  const tidy = (): void => {
    const dead = log.length - log.live;
    if (dead <= FEW || dead <= log.live) return;
    log = log.compacted();
    scan = scanFrom(0, { kept: true });
  };

  const best = async (
    where: string,
    queries: Matrix,
    k: number,
    options: Pick<TopKOptions, 'exclude' | 'ceilings'>,
  ): Promise<TopK | undefined> => {
    const all = log.now();
    checkSearch(where, { dim, all }, queries, k, options.exclude);
    const most = Math.min(k, all.rows.rows);
    if (most === 0 || queries.rows === 0) return undefined;
    return scan(all, queries, most, { similarity: distance.similarity, ...options });
  };

  return {
    dim,
    distance,
    get size() {
      return log.live;
    },
    async add(rows, ids, classes) {
      usable();
      log.append(rows, ids, classes);
      tidy();
    },
    async remove(ids) {
      usable();
      log.remove(ids);
      tidy();
    },
    async refresh() {
      usable();
    },
    async search(queries, k, options = {}) {
      usable();
      checkObject('exact.search', 'options', options);
      const { exclude } = options;
      const { ids } = log.now();
      return neighborsFrom(
        await best('exact.search', queries, k, { exclude }),
        queries.rows,
        k,
        ids,
        distance,
      );
    },
    async searchBelow(queries, k, given, exclude) {
      usable();
      const ceilings = ceilingScores('exact.searchBelow', distance, given, queries.rows);
      const { ids } = log.now();
      return neighborsBelow(
        await best('exact.searchBelow', queries, k, { exclude, ceilings }),
        given,
        k,
        ids,
        distance,
      );
    },
    read(ids) {
      usable();
      return log.read(ids);
    },
    ids() {
      usable();
      return Uint32Array.from(log.ids);
    },
    async save(path) {
      usable();
      await writeIndex(path, { kind: 'exact', distance, rows: log.now(), numbers: {} });
    },
    dispose() {
      disposed = true;
      log = rowLog({ where: 'exact', dim, withInverse: false });
    },
  };
}
