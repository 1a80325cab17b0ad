/**
 * Names of documents or queries and the numbers an index knows them by.
 *
 * The numbers follow trec_eval's order of ties, descending by the bytes of the name: wherever ties go to the
 * smaller id, they go as trec_eval breaks them.
 */
export interface IdTable {
  /** the name of each id */
  readonly names: readonly string[];
  /** the id of each row, in the order the names were given */
  readonly ofRow: Uint32Array;
  /** the row of each id: the inverse of `ofRow` */
  readonly rowOf: Uint32Array;
  readonly idOf: ReadonlyMap<string, number>;
}

/** Compares by UTF-8 bytes, as strcmp does; `<` compares UTF-16 units and puts U+FFEE after an emoji. */
function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // surrogates stand for code points above every other unit
    const [xSurrogate, ySurrogate] = [(x & 0xf800) === 0xd800, (y & 0xf800) === 0xd800];
    return xSurrogate === ySurrogate ? x - y : Number(xSurrogate) - Number(ySurrogate);
  }
  return a.length - b.length;
}

/** Numbers distinct names; the caller refuses duplicates, which it can name by file and line. */
export function idTable(rowNames: readonly string[]): IdTable {
  const rowOf = Uint32Array.from(rowNames, (_, i) => i).sort((i, j) => byBytes(rowNames[j], rowNames[i]));
  const ofRow = new Uint32Array(rowNames.length);
  rowOf.forEach((row, id) => (ofRow[row] = id));
  const names = Array.from(rowOf, (row) => rowNames[row]);
  return { names, ofRow, rowOf, idOf: new Map(names.map((name, id) => [name, id])) };
}
