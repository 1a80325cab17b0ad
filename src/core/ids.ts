import { PackedNames } from './packed-names.ts';

/**
 * Names of documents or queries and the numbers an index knows them by.
 *
 * The numbers follow trec_eval's order of ties, descending by the bytes of the name: wherever ties go to the
 * smaller id, they go as trec_eval breaks them.
 */
export interface IdTable {
  readonly size: number;
  /** the name of an id */
  nameOf(id: number): string;
  /** how long the name of an id is in UTF-8 */
  bytes(id: number): number;
  /** Writes the name of an id, in UTF-8. @returns where it ends */
  write(id: number, to: Uint8Array, at: number): number;
  /** The name of each id: made when it is first asked for, and a string each. */
  readonly names: readonly string[];
  /** the id of each row, in the order the names were given */
  readonly ofRow: Uint32Array;
  /** the row of each id: the inverse of `ofRow` */
  readonly rowOf: Uint32Array;
  readonly idOf: { get(name: string): number | undefined };
}

/** Numbers distinct names; the caller refuses duplicates, which it can name by file and line. */
export function idTable(rowNames: Iterable<string>): IdTable {
  const packed = new PackedNames();
  for (const name of rowNames) packed.addText(name);
  return idTableOf(packed);
}

/** The same of names that are packed already, in the order of their rows. */
export function idTableOf(packed: PackedNames): IdTable {
  const rowOf = Uint32Array.from({ length: packed.size }, (_, i) => i).sort((i, j) => packed.compare(j, i));
  const ofRow = new Uint32Array(packed.size);
  rowOf.forEach((row, id) => (ofRow[row] = id));
  const nameOf = (id: number): string => packed.name(rowOf[id]);
  let names: readonly string[] | undefined;
  return {
    size: packed.size,
    nameOf,
    bytes: (id) => packed.bytes(rowOf[id]),
    write: (id, to, at) => packed.write(rowOf[id], to, at),
    get names() {
      return (names ??= Array.from(rowOf, (_, id) => nameOf(id)));
    },
    ofRow,
    rowOf,
    idOf: {
      get(name) {
        const wanted = Buffer.from(name);
        let [low, high] = [0, packed.size];
        while (low < high) {
          const middle = (low + high) >>> 1;
          const order = packed.compareBytes(rowOf[middle], wanted, 0, wanted.length);
          if (order === 0) return middle;
          if (order > 0) low = middle + 1;
          else high = middle;
        }
        return undefined;
      },
    },
  };
}
