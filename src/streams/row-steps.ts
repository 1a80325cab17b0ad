/** At which step of a training each stored row was embedded. */
export interface RowSteps {
  /** These rows were embedded at this step. */
  note(ids: Uint32Array, step: number): void;
  /** How many steps before this one the rows of these ids were embedded; of ids that were never noted nothing is said. */
  staleness(ids: Uint32Array, step: number): Staleness;
  /** All that was noted, in that order: of each id its step. */
  noted(): NotedSteps;
  /** Notes all that was noted elsewhere. */
  restore(noted: NotedSteps): void;
}

export interface NotedSteps {
  readonly ids: Uint32Array;
  /** as many as there are ids */
  readonly steps: Uint32Array;
}

export interface Staleness {
  /** over the rows, each as often as it is named; 0 of none */
  readonly mean: number;
  readonly max: number;
}

/**
 * Shared by `remember`, which notes, and `mine`, which reads. As large as the index; of a queue, of which the last so many rows are kept, as
 * many are.
 */
export function rowSteps({ most = Infinity }: { readonly most?: number } = {}): RowSteps {
  const embedded = new Map<number, number>();
  return {
    note(ids, step) {
      for (const id of ids) {
        // as the last of all
        embedded.delete(id);
        embedded.set(id, step);
      }
      for (const id of embedded.keys()) {
        if (embedded.size <= most) break;
        embedded.delete(id);
      }
    },
    staleness(ids, step) {
      let [sum, count, max] = [0, 0, 0];
      for (const id of ids) {
        const at = embedded.get(id);
        if (at === undefined) continue;
        sum += step - at;
        count++;
        max = Math.max(max, step - at);
      }
      return { mean: count === 0 ? 0 : sum / count, max };
    },
    noted: () => ({ ids: Uint32Array.from(embedded.keys()), steps: Uint32Array.from(embedded.values()) }),
    restore({ ids, steps }) {
      ids.forEach((id, i) => embedded.set(id, steps[i]));
    },
  };
}
