import { refuse } from '../core/check.ts';

/** Called with a line, bytes[start] … bytes[end - 1] without its \n, and its number from 1. */
export type OnLine = (bytes: Uint8Array, start: number, end: number, line: number) => void;

const LONGEST = 1 << 20;

/** Lines as bytes, a piece of a file at a time, for files whose lines are too many to make a string of each. */
export class ByteLines {
  readonly #path: string;
  readonly #onLine: OnLine;
  #line = 0;
  /** what has come of a line whose end has not */
  #open: Uint8Array = new Uint8Array(0);

  constructor(path: string, onLine: OnLine) {
    this.#path = path;
    this.#onLine = onLine;
  }

  /** @throws RangeError that names the file and the line if one is longer than any of these formats */
  write(piece: Uint8Array): void {
    // not a Buffer, so that all lines are bytes of the same kind and the readers compile to one way of reading them
    let bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
    if (this.#open.length > 0) {
      bytes = new Uint8Array(this.#open.length + piece.length);
      bytes.set(this.#open);
      bytes.set(piece, this.#open.length);
    }
    this.#line = eachLine(bytes, this.#line, this.#onLine);
    this.#open = bytes.subarray(bytes.lastIndexOf(0x0a) + 1);
    if (this.#open.length > LONGEST) {
      refuse(`${this.#path} line ${this.#line + 1}`, `must have at most ${LONGEST} bytes`, 'more');
    }
  }

  end(): void {
    if (this.#open.length > 0) this.#onLine(this.#open, 0, this.#open.length, this.#line + 1);
  }
}

/** Gives the number of the last; by itself, so that it is compiled once while it runs, and nothing is left to do after it. */
function eachLine(bytes: Uint8Array, before: number, onLine: OnLine): number {
  let line = before;
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    onLine(bytes, start, end, ++line);
    start = end + 1;
  }
  return line;
}
