import { type IdLists, type Labelled, listOf, type MinedPairs, type Triplets } from '../../core/batches.ts';
import { refuse } from '../../core/check.ts';

/** Of each row of a batch those that are its positives and those that are its negatives, references being numbered after the rows. */
export interface Relatives {
  readonly positives: IdLists;
  readonly negatives: IdLists;
}

/**
 * The relatives that were mined for each row, each once, by rising number; of triplets those of the pairs in them. undefined where nothing
 * was mined.
 *
 * @throws RangeError if a pair is both a positive and a negative one
 */
export function minedRelatives(
  where: string,
  { embeddings, triplets, pairs }: Labelled,
): Relatives | undefined {
  const given = pairs ?? (triplets && pairsOf(triplets));
  if (given === undefined) return undefined;
  const relatives = grouped(given, embeddings.rows);
  const positives = distinct(relatives.positives);
  const negatives = distinct(relatives.negatives);
  for (let i = 0; i < embeddings.rows; i++) {
    const right = new Set(listOf(positives, i));
    const both = listOf(negatives, i).find((j) => right.has(j));
    if (both !== undefined)
      refuse(where, 'a mined pair must be positive or negative', `rows ${i} and ${both} as both`);
  }
  return { positives, negatives };
}

/** The positive and the negative pair of each triplet, by their anchor in their order: the triplets are those of two that stand at one place. */
export function tripletsByAnchor(triplets: Triplets, rows: number): Relatives {
  return grouped(pairsOf(triplets), rows);
}

function pairsOf({ anchors, positives, negatives }: Triplets): MinedPairs {
  return { positives: { anchors, others: positives }, negatives: { anchors, others: negatives } };
}

function grouped({ positives, negatives }: MinedPairs, rows: number): Relatives {
  const [right, wrong] = [positives, negatives].map(({ anchors, others }) => {
    const offsets = new Uint32Array(rows + 1);
    for (const a of anchors) offsets[a + 1]++;
    for (let i = 0; i < rows; i++) offsets[i + 1] += offsets[i];
    const next = offsets.slice();
    const ids = new Uint32Array(others.length);
    anchors.forEach((a, t) => (ids[next[a]++] = others[t]));
    return { offsets, ids };
  });
  return { positives: right, negatives: wrong };
}

/** Each list in order, and what stands in it twice once. */
function distinct(lists: IdLists): IdLists {
  const offsets = new Uint32Array(lists.offsets.length);
  const ids = new Uint32Array(lists.ids.length);
  let end = 0;
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (const id of listOf(lists, i).slice().sort())
      if (end === offsets[i] || ids[end - 1] !== id) ids[end++] = id;
    offsets[i + 1] = end;
  }
  return { offsets, ids: ids.slice(0, end) };
}
