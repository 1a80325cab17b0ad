import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { pipeline } from 'node:stream';
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
 * The lines of a UTF-8 text file, unpacked where its name ends in .gz, a piece of the file at a time.
 *
 * A line ends at \n or \r\n and nowhere else: JSON strings may hold U+2028, where some readers of lines split.
 *
 * @throws RangeError if the file cannot be read or unpacked
 */
export async function* readLines(path: string): AsyncGenerator<string, void, undefined> {
  const file = createReadStream(path);
  const bytes = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file;
  const decoder = new TextDecoder();
  let open = '';
  try {
    for await (const piece of bytes) {
      const lines = (open + decoder.decode(piece, { stream: true })).split('\n');
      open = lines.pop() ?? '';
      for (const line of lines) yield withoutReturn(line);
    }
  } catch (error) {
    refuse(path, 'must be a file that can be read', error instanceof Error ? error.message : error);
  } finally {
    file.destroy();
  }
  open += decoder.decode();
  if (open !== '') yield withoutReturn(open);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
