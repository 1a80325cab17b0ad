import type { Views } from '../../core/batches.ts';
import { knownCandidates } from '../../core/views.ts';
import type { CandidateBlock } from './candidate-block.ts';
import type { Selection } from './listed.ts';

/** The candidates that are right for an anchor beside what is its own, by equal ids or labels or by what is known. */
export function rightCandidates(
  views: Views,
  blocks: readonly CandidateBlock[],
  offsets?: Uint32Array,
): Selection[] {
  return [
    ...knownToBeRight(views, blocks, offsets),
    ...blocks.flatMap((block) => equalKeys(views, block, offsets)),
  ];
}

/** Those of a block that are right by equal ids or labels. */
export function equalKeys(views: Views, block: CandidateBlock, offsets?: Uint32Array): Selection[] {
  const { ids, negativeIds, labels, negativeLabels } = views;
  return [
    [ids, negativeIds],
    [labels, negativeLabels],
  ].flatMap(([items, others]) => {
    const keys = block.from === 'negatives' ? others : items;
    if (items === undefined || keys === undefined) return [];
    const places = new Map<number, number[]>();
    keys.forEach((key: number, j: number) => {
      const there = places.get(key);
      if (there === undefined) places.set(key, [j]);
      else there.push(j);
    });
    return [
      (i, add) => {
        for (const j of places.get(items[i]) ?? []) if (meets(block, i, j, offsets)) add(block.start + j);
      },
    ];
  });
}

/** Those of all blocks that are right by what is known. */
export function knownToBeRight(
  views: Views,
  blocks: readonly CandidateBlock[],
  offsets?: Uint32Array,
): Selection[] {
  const known = knownCandidates(views);
  if (known === undefined) return [];
  const { rows } = views.anchors;
  return [
    (i, add) => {
      for (const c of known.ids.subarray(known.offsets[i], known.offsets[i + 1])) {
        for (const block of blocks) {
          const negative = block.from === 'negatives';
          const j = negative ? c - rows : c;
          if (negative === c >= rows && meets(block, i, j, offsets)) add(block.start + j);
        }
      }
    },
  ];
}

/** Whether an anchor stands against row j of a block, and that is not what is its own. */
function meets({ from }: CandidateBlock, i: number, j: number, offsets: Uint32Array | undefined): boolean {
  return from === 'negatives' ? offsets === undefined || (j >= offsets[i] && j < offsets[i + 1]) : j !== i;
}
