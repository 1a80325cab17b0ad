import type { RowPairs } from '../core/batches.ts';

/** The `most` pairs of the smallest keys that were shown, of equal keys the first, in the order they were shown. */
export interface Shortlist {
  show(anchor: number, other: number, key: number): void;
  pairs(): RowPairs;
}

/** Of `all` that are to be shown; memory is of twice `most`. */
export function shortlist(most: number, all: number): Shortlist {
  // as many again wait for a place until there is no room for more
  const room = Math.min(all, 2 * most);
  const [anchors, others, keys] = [new Uint32Array(room), new Uint32Array(room), new Float64Array(room)];
  let count = 0;
  // a key that is no smaller comes too late
  let limit = Infinity;

  const cut = (): void => {
    if (count <= most) return;
    limit = inOrder(keys.slice(0, count), most - 1);
    let equal = most;
    for (let e = 0; e < count; e++) if (keys[e] < limit) equal--;
    let kept = 0;
    for (let e = 0; e < count; e++) {
      if (keys[e] > limit || (keys[e] === limit && equal-- <= 0)) continue;
      [anchors[kept], others[kept], keys[kept]] = [anchors[e], others[e], keys[e]];
      kept++;
    }
    count = kept;
  };

  return {
    show(anchor, other, key) {
      if (!(key < limit)) return;
      if (count === room) cut();
      if (!(key < limit)) return;
      anchors[count] = anchor;
      others[count] = other;
      keys[count++] = key;
    },
    pairs() {
      cut();
      return { anchors: anchors.slice(0, count), others: others.slice(0, count) };
    },
  };
}

/** The number that would stand at a place if they were in rising order; moves them about (Hoare, "Algorithm 65: find", 1961). */
function inOrder(numbers: Float64Array, place: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const pivot = numbers[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (numbers[i] < pivot) i++;
      while (numbers[j] > pivot) j--;
      if (i > j) break;
      [numbers[i], numbers[j]] = [numbers[j], numbers[i]];
      i++;
      j--;
    }
    // what is between the two is the pivot
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else break;
  }
  return numbers[place];
}
