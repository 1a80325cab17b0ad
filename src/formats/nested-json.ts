import { refuse } from '../core/check.ts';
import { decimal } from './decimal.ts';

/** Called with a query's and a document's name, as UTF-8 that is overwritten later, and a number, at a line of the file. */
export type OnEntry = (query: Uint8Array, document: Uint8Array, value: number, line: number) => void;

/** What may stand next. */
type State =
  | 'outer {'
  | 'query or }'
  | 'query'
  | 'query :'
  | 'inner {'
  | 'document or }'
  | 'document'
  | 'document :'
  | 'number'
  | 'inner , or }'
  | 'outer , or }'
  | 'end';

/** The mark that each state waits for, and the state after it. */
const MARKS: { readonly [state in State]?: Readonly<Record<string, State>> } = {
  'outer {': { '{': 'query or }' },
  'query or }': { '}': 'end' },
  'query :': { ':': 'inner {' },
  'inner {': { '{': 'document or }' },
  'document or }': { '}': 'outer , or }' },
  'document :': { ':': 'number' },
  'inner , or }': { ',': 'document', '}': 'outer , or }' },
  'outer , or }': { ',': 'query', '}': 'end' },
};

/** Reads {"query": {"document": number, …}, …}, a piece of the text at a time. */
export class NestedJson {
  readonly #path: string;
  readonly #onEntry: OnEntry;
  #state: State = 'outer {';
  #line = 1;
  #token = new Uint8Array(64);
  #length = 0;
  #in: 'string' | 'number' | undefined;
  /** the byte before is a backslash that escapes this one */
  #escaping = false;
  #escaped = false;
  #query = new Uint8Array(0);
  #document = new Uint8Array(0);

  constructor(path: string, onEntry: OnEntry) {
    this.#path = path;
    this.#onEntry = onEntry;
  }

  /** @throws RangeError that names the file and the line where the text is something else */
  write(piece: Uint8Array): void {
    for (const byte of piece) {
      if (this.#in === 'string') this.#inString(byte);
      else if (this.#in === 'number' && !isEndOfNumber(byte)) this.#push(byte);
      else this.#outside(byte);
      if (byte === 0x0a) this.#line++;
    }
  }

  /** @throws RangeError if the text is not complete */
  end(): void {
    if (this.#state !== 'end') this.#refuse('its end');
  }

  #inString(byte: number): void {
    if (this.#escaping) this.#escaping = false;
    else if (byte === 0x22) return this.#endString();
    else if (byte === 0x5c) this.#escaping = this.#escaped = true;
    this.#push(byte);
  }

  #outside(byte: number): void {
    if (this.#in === 'number') this.#endNumber();
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return;
    const mark = String.fromCharCode(byte);
    const next = MARKS[this.#state]?.[mark];
    if (next !== undefined) {
      this.#state = next;
    } else if (mark === '"' && (this.#state.startsWith('query') || this.#state.startsWith('document'))) {
      if (this.#state.endsWith(':')) this.#refuse(mark);
      this.#begin('string');
    } else if (this.#state === 'number') {
      this.#begin('number');
      this.#push(byte);
    } else {
      this.#refuse(mark);
    }
  }

  #begin(token: 'string' | 'number'): void {
    this.#in = token;
    this.#length = 0;
    this.#escaped = false;
  }

  #push(byte: number): void {
    if (this.#length === this.#token.length) {
      const longer = new Uint8Array(2 * this.#length);
      longer.set(this.#token);
      this.#token = longer;
    }
    this.#token[this.#length++] = byte;
  }

  #endString(): void {
    this.#in = undefined;
    const bytes = this.#escaped ? this.#unescaped() : this.#token.slice(0, this.#length);
    if (bytes.length === 0) this.#refuse('an empty name');
    if (this.#state.startsWith('query')) {
      this.#query = bytes;
      this.#state = 'query :';
    } else {
      this.#document = bytes;
      this.#state = 'document :';
    }
  }

  #unescaped(): Uint8Array<ArrayBuffer> {
    const text = `"${new TextDecoder().decode(this.#token.subarray(0, this.#length))}"`;
    try {
      return new TextEncoder().encode(String(JSON.parse(text)));
    } catch {
      return this.#refuse(text);
    }
  }

  #endNumber(): void {
    this.#in = undefined;
    const value = decimal(this.#token, 0, this.#length);
    if (Number.isNaN(value)) this.#refuse(new TextDecoder().decode(this.#token.subarray(0, this.#length)));
    this.#onEntry(this.#query, this.#document, value, this.#line);
    this.#state = 'inner , or }';
  }

  #refuse(got: string): never {
    refuse(
      `${this.#path} line ${this.#line}`,
      'must be JSON of the form {"query": {"document": number}}',
      got,
    );
  }
}

function isEndOfNumber(byte: number): boolean {
  return byte <= 0x20 || byte === 0x2c || byte === 0x7d;
}
