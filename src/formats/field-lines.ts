import { refuse } from '../core/check.ts';

/** Called with the fields of a line that has any, and its number from 1: field f is bytes[bounds[2 f]] … bytes[bounds[2 f + 1] - 1]. */
export type OnFields = (bytes: Uint8Array, bounds: Uint32Array, fields: number, line: number) => void;

/** As many fields as a line may have before those that are not looked at. */
const MOST = 7;
/** Bytes of a line. */
const LONGEST = 1 << 20;

const [TAB, NEWLINE, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];

/**
 * The fields of lines as bytes, a piece of a file at a time, for files whose lines are too many to make a string of each.
 *
 * Fields are apart by white space, or end at tabs alone and may be empty: `tabs` is asked which, with how many fields of each kind the first line
 * has that is not blank.
 */
export class FieldLines {
  readonly #path: string;
  readonly #tabs: (spaced: number, tabbed: number) => boolean;
  readonly #onFields: OnFields;
  readonly #bounds = new Uint32Array(2 * MOST);
  #line = 0;
  #each: typeof eachSpaced | undefined;
  /** what has come of a line whose end has not */
  #open: Uint8Array = new Uint8Array(0);

  constructor(path: string, tabs: (spaced: number, tabbed: number) => boolean, onFields: OnFields) {
    this.#path = path;
    this.#tabs = tabs;
    this.#onFields = onFields;
  }

  /** @throws RangeError that names the file and the line if one is longer than any of these formats */
  write(piece: Uint8Array): void {
    // not a Buffer, so that all lines are bytes of the same kind and the readers compile to one way of reading them
    const plain = new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
    const bytes = this.#open.length === 0 ? plain : joined(this.#open, plain);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    this.#scan(bytes.subarray(0, end));
    this.#open = bytes.subarray(end);
    if (this.#open.length > LONGEST) {
      refuse(`${this.#path} line ${this.#line + 1}`, `must have at most ${LONGEST} bytes`, 'more');
    }
  }

  end(): void {
    if (this.#open.length > 0) this.#scan(joined(this.#open, Uint8Array.of(NEWLINE)));
  }

  #scan(lines: Uint8Array): void {
    this.#each ??= this.#kind(lines);
    this.#line = (this.#each ?? eachSpaced)(lines, this.#line, this.#bounds, this.#onFields);
  }

  /** Undefined where all lines are blank. */
  #kind(lines: Uint8Array): typeof eachSpaced | undefined {
    const first = lines.findIndex((byte) => !isSpace(byte));
    if (first < 0) return undefined;
    const line = lines.subarray(lines.lastIndexOf(NEWLINE, first) + 1, lines.indexOf(NEWLINE, first) + 1);
    const counts = [eachSpaced, eachTabbed].map((each) => {
      let count = 0;
      each(line, 0, this.#bounds, (_bytes, _bounds, fields) => (count = fields));
      return count;
    });
    return this.#tabs(counts[0], counts[1]) ? eachTabbed : eachSpaced;
  }
}

/** Lines with white space between fields. Gives the number of the last; one function, so that it is compiled once, while it runs. */
function eachSpaced(lines: Uint8Array, before: number, bounds: Uint32Array, onFields: OnFields): number {
  let [line, fields, at] = [before, 0, 0];
  while (at < lines.length) {
    const byte = lines[at];
    if (byte === NEWLINE) {
      line++;
      if (fields > 0) onFields(lines, bounds, fields, line);
      fields = 0;
      at++;
    } else if (isSpace(byte)) {
      at++;
    } else {
      const start = at;
      do at++;
      while (!isSpace(lines[at]));
      if (fields === MOST) continue;
      bounds[2 * fields] = start;
      bounds[2 * fields + 1] = at;
      fields++;
    }
  }
  return line;
}

/** Lines whose fields end at tabs. */
function eachTabbed(lines: Uint8Array, before: number, bounds: Uint32Array, onFields: OnFields): number {
  let [line, start] = [before, 0];
  for (let end = lines.indexOf(NEWLINE); end >= 0; end = lines.indexOf(NEWLINE, start)) {
    line++;
    const last = end > start && lines[end - 1] === RETURN ? end - 1 : end;
    let fields = 0;
    // a blank line has none, not an empty one
    for (let at = last > start ? start : last + 1; at <= last && fields < MOST; at++, fields++) {
      bounds[2 * fields] = at;
      while (at < last && lines[at] !== TAB) at++;
      bounds[2 * fields + 1] = at;
    }
    if (fields > 0) onFields(lines, bounds, fields, line);
    start = end + 1;
  }
  return line;
}

/** As isspace of C has it. */
export function isSpace(byte: number): boolean {
  // most bytes are above
  return byte <= SPACE && (byte === SPACE || (byte >= TAB && byte <= RETURN));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
