import type { NeighborIndex } from '../neighbors/neighbor-index.ts';
import type { Tuned } from './tune.ts';

/**
 * The same index, searched as wide as `tune` found it must be; what it finds carries the recall that was certified. A search that names
 * an ef of its own, or wants more neighbors than the certificate is of, has no such estimate. The rows may change under it: tune
 * again when they have.
 */
export function certified(index: NeighborIndex, { ef, k, recall, interval, queries }: Tuned): NeighborIndex {
  const estimate = { k, recall, interval, queries };
  return {
    ...index,
    get size() {
      return index.size;
    },
    async search(asked, most, options) {
      const found = await index.search(asked, most, { ef, ...options });
      const holds = most <= k && options?.ef === undefined && options?.exact !== true;
      return holds ? { ...found, recall: estimate } : found;
    },
  };
}
