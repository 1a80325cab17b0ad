import { access, open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { refuse } from '../core/check.ts';

/** `path`, or `path`.gz where only that exists. */
export async function plainOrGz(path: string): Promise<string> {
  return (await plainOrGzIfThere(path)) ?? refuse(path, 'must be a file (or the same with .gz)', 'none');
}

/** The same; undefined where neither exists. */
export async function plainOrGzIfThere(path: string): Promise<string | undefined> {
  for (const candidate of [path, `${path}.gz`]) {
    const exists = await access(candidate).then(
      () => true,
      () => false,
    );
    if (exists) return candidate;
  }
  return undefined;
}

/** Bytes of a piece, at most. */
const PIECE = 1 << 18;

/**
 * The bytes of a file in pieces, unpacked where its name ends in .gz or its first two bytes are those of gzip.
 *
 * @throws RangeError if the file cannot be read or unpacked
 */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = rawPieces(path);
  try {
    const first = await pieces.next();
    if (first.done === true) return;
    const all = joined(first.value, pieces);
    const packed = path.endsWith('.gz') || (first.value[0] === 0x1f && first.value[1] === 0x8b);
    yield* packed ? unpacked(all) : all;
  } catch (error) {
    refuse(path, 'must be a file that can be read', error instanceof Error ? error.message : error);
  } finally {
    await pieces.return();
  }
}

type Pieces = AsyncGenerator<Uint8Array, void, undefined>;

async function* rawPieces(path: string): Pieces {
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE), 0, PIECE);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* joined(first: Uint8Array, rest: Pieces): Pieces {
  yield first;
  yield* rest;
}

async function* unpacked(pieces: Pieces): Pieces {
  // loaded when it is wanted: it takes as long as reading a short file
  const { createGunzip } = await import('node:zlib');
  yield* pipeline(Readable.from(pieces), createGunzip({ chunkSize: PIECE }), () => {});
}

/** No line of any of these formats is as long: what is has lost its line ends. */
const LONGEST = 2 ** 26;

/**
 * The lines of a UTF-8 text file, those of a piece of the file at a time.
 *
 * A line ends at \n or \r\n and nowhere else: JSON strings may hold U+2028, where some readers of lines split.
 *
 * @throws RangeError if the file cannot be read or unpacked, or a line has more than 67,108,864 characters
 */
export async function* readLineChunks(path: string): AsyncGenerator<readonly string[], void, undefined> {
  const decoder = new TextDecoder();
  let open = '';
  let ended = 0;
  for await (const piece of readPieces(path)) {
    const lines = (open + decoder.decode(piece, { stream: true })).split('\n');
    open = lines.pop() ?? '';
    yield lines.map(withoutReturn);
    ended += lines.length;
    if (open.length > LONGEST)
      refuse(`${path} line ${ended + 1}`, `must have at most ${LONGEST} characters`, 'more');
  }
  open += decoder.decode();
  if (open !== '') yield [withoutReturn(open)];
}

/** The same line by line. @throws as `readLineChunks` */
export async function* readLines(path: string): AsyncGenerator<string, void, undefined> {
  for await (const lines of readLineChunks(path)) for (const line of lines) yield line;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
