import { refuse } from './check.ts';

/** Offsets are 32 bits wide. */
const MOST_BYTES = 2 ** 32 - 1;

/**
 * Names as UTF-8 one behind the other, numbered from 0 in the order they are added: a few bytes each where a string is an object.
 *
 * @throws RangeError where one is added, if all of them are longer than 4 GB
 */
export class PackedNames {
  #bytes = Buffer.alloc(1 << 16);
  /** where each name starts, and where the last one ends */
  #starts = new Uint32Array(1 << 13);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds bytes[start] … bytes[end - 1], whether it is there or not; its number. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const id = this.#size;
    const first = this.#starts[id];
    const ownEnd = first + end - start;
    this.#makeRoom(ownEnd);
    const own = this.#bytes;
    for (let i = start; i < end; i++) own[first + i - start] = bytes[i];
    return this.#end(ownEnd);
  }

  /** The same of a string; half a surrogate pair becomes U+FFFD. */
  addText(name: string): number {
    const start = this.#starts[this.#size];
    this.#makeRoom(start + 3 * name.length);
    return this.#end(start + this.#bytes.write(name, start));
  }

  /** Takes the last one out. */
  pop(): void {
    this.#size--;
  }

  /** The sign of how two names compare by their bytes, as strcmp does. */
  compare(a: number, b: number): number {
    return this.compareBytes(a, this.#bytes, this.#starts[b], this.#starts[b + 1]);
  }

  /** The same of a name and of others' bytes. */
  compareBytes(id: number, bytes: Uint8Array, start: number, end: number): number {
    const own = this.#bytes;
    let i = this.#starts[id];
    let j = start;
    const iEnd = this.#starts[id + 1];
    for (; i < iEnd && j < end; i++, j++) if (own[i] !== bytes[j]) return own[i] - bytes[j];
    return iEnd - i - (end - j);
  }

  /** Whether a name is bytes[start] … bytes[end - 1]. */
  is(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#bytes;
    const first = this.#starts[id];
    if (this.#starts[id + 1] - first !== end - start) return false;
    for (let i = start; i < end; i++) if (own[first + i - start] !== bytes[i]) return false;
    return true;
  }

  /** Whether a name is name j of others. */
  same(id: number, others: PackedNames, j: number): boolean {
    return this.is(id, others.#bytes, others.#starts[j], others.#starts[j + 1]);
  }

  name(id: number): string {
    return this.#bytes.toString('utf8', this.#starts[id], this.#starts[id + 1]);
  }

  bytes(id: number): number {
    return this.#starts[id + 1] - this.#starts[id];
  }

  /** Writes a name's bytes. @returns where they end */
  write(id: number, to: Uint8Array, at: number): number {
    const own = this.#bytes;
    const end = this.#starts[id + 1];
    for (let i = this.#starts[id]; i < end; i++) to[at++] = own[i];
    return at;
  }

  #end(end: number): number {
    const id = this.#size++;
    if (id + 1 === this.#starts.length) this.#starts = grown(this.#starts, new Uint32Array(2 * (id + 1)));
    this.#starts[id + 1] = end;
    return id;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    if (bytes > MOST_BYTES) refuse('names', `must have at most ${MOST_BYTES} bytes`, bytes);
    const length = Math.min(Math.max(bytes, 2 * this.#bytes.length), MOST_BYTES);
    this.#bytes = grown(this.#bytes, Buffer.alloc(length));
  }
}

/** A longer array that begins as a shorter one. */
export function grown<T extends Uint8Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
