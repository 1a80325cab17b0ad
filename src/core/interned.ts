import { ByteNames } from './byte-names.ts';
import { NameTable } from './name-table.ts';

/**
 * A number for each distinct name, counted from 0 in the order they come.
 *
 * For names that stand in files as bytes: no string or object is made of any. Never forgets.
 */
export class Interned {
  readonly #names = new ByteNames();
  readonly #table = new NameTable(this.#names);
  #room = 32;
  #last = -1;

  get size(): number {
    return this.#names.size;
  }

  /** The number of the name bytes[start] … bytes[end - 1], a new one if there was none. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    // lines of one query stand together
    if (this.#last >= 0 && this.#names.is(this.#last, bytes, start, end)) return this.#last;
    return (this.#last = this.#numberOf(bytes, start, end));
  }

  /** The number of such a name, or -1 if there is none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const known = this.#table.find(this.#names, this.#names.push(bytes, start, end));
    this.#names.pop();
    return known;
  }

  /** The sign of how two names compare by their bytes, as strcmp does. */
  compare(a: number, b: number): number {
    return this.#names.compare(a, b);
  }

  name(id: number): string {
    return this.#names.text(id);
  }

  #numberOf(bytes: Uint8Array, start: number, end: number): number {
    const id = this.#names.push(bytes, start, end);
    const known = this.#table.add(id);
    if (known >= 0) this.#names.pop();
    else if (id + 1 === this.#room) this.#grow();
    return known >= 0 ? known : id;
  }

  #grow(): void {
    this.#room *= 2;
    this.#table.clear(this.#room);
    for (let id = 0; id < this.size; id++) this.#table.add(id);
  }
}
