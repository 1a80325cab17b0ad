import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { refuse } from '../core/check.ts';

/** `path`, or `path`.gz where only that exists. */
export async function plainOrGz(path: string): Promise<string> {
  for (const candidate of [path, `${path}.gz`]) {
    const exists = await access(candidate).then(
      () => true,
      () => false,
    );
    if (exists) return candidate;
  }
  return refuse(path, 'must be a file (or the same with .gz)', 'none');
}

/**
 * The bytes of a file in pieces, unpacked where its name ends in .gz or its first two bytes are those of gzip.
 *
 * @throws RangeError if the file cannot be read or unpacked
 */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = createReadStream(path);
  try {
    const pieces: AsyncIterator<Buffer> = file[Symbol.asyncIterator]();
    const first = await pieces.next();
    if (first.done === true) return;
    const all = joined(first.value, pieces);
    const packed = path.endsWith('.gz') || (first.value[0] === 0x1f && first.value[1] === 0x8b);
    yield* packed ? pipeline(Readable.from(all), createGunzip(), () => {}) : all;
  } catch (error) {
    refuse(path, 'must be a file that can be read', error instanceof Error ? error.message : error);
  } finally {
    file.destroy();
  }
}

async function* joined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** No line of any of these formats is as long: what is has lost its line ends. */
const LONGEST = 2 ** 26;

/**
 * The lines of a UTF-8 text file, a piece of the file at a time.
 *
 * A line ends at \n or \r\n and nowhere else: JSON strings may hold U+2028, where some readers of lines split.
 *
 * @throws RangeError if the file cannot be read or unpacked, or a line has more than 67,108,864 characters
 */
export async function* readLines(path: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let open = '';
  let ended = 0;
  for await (const piece of readPieces(path)) {
    const lines = (open + decoder.decode(piece, { stream: true })).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) yield withoutReturn(line);
    ended += lines.length;
    if (open.length > LONGEST)
      refuse(`${path} line ${ended + 1}`, `must have at most ${LONGEST} characters`, 'more');
  }
  open += decoder.decode();
  if (open !== '') yield withoutReturn(open);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
