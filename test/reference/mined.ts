import type { Labelled } from '../../src/core/batches.ts';
import type { ReferenceCase } from './case.ts';

/** pytorch-metric-learning's indices_tuple, where the case has one: of three arrays triplets, of four pairs. */
export function minedOf(given: ReferenceCase): Pick<Labelled, 'triplets' | 'pairs'> {
  const rows = (name: string): Uint32Array => Uint32Array.from(given.labels(name));
  if (given.inputs.includes('a')) {
    return { triplets: { anchors: rows('a'), positives: rows('p'), negatives: rows('n') } };
  }
  if (!given.inputs.includes('a1')) return {};
  return {
    pairs: {
      positives: { anchors: rows('a1'), others: rows('p') },
      negatives: { anchors: rows('a2'), others: rows('n') },
    },
  };
}
