import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainOrGz, readLines } from '../../src/formats/lines.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nearmiss-lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}

describe('readLines', () => {
  it('reads the same from a file and from the same packed', async () => {
    const text = 'one\n\nthree é 😀\nfour';
    expect(await linesOf(await fileOf('a.txt', text))).toEqual(['one', '', 'three é 😀', 'four']);
    expect(await linesOf(await fileOf('a.txt.gz', gzipSync(text)))).toEqual([
      'one',
      '',
      'three é 😀',
      'four',
    ]);
  });

  it('ends a line at \\n and \\r\\n, and asks for neither at the end of the file', async () => {
    expect(await linesOf(await fileOf('crlf.txt', 'a\r\nb\r\n'))).toEqual(['a', 'b']);
    expect(await linesOf(await fileOf('mixed.txt', 'a\nb\r\nc\r'))).toEqual(['a', 'b', 'c']);
    expect(await linesOf(await fileOf('open.txt', 'a\nb'))).toEqual(['a', 'b']);
    expect(await linesOf(await fileOf('empty.txt', ''))).toEqual([]);
    expect(await linesOf(await fileOf('blank.txt', '\n'))).toEqual(['']);
  });

  it('does not end a line at U+2028, U+2029, U+0085 or a lone \\r', async () => {
    const line = 'a\u2028b\u2029c\u0085d\re\u000bf\u000cg';
    expect(await linesOf(await fileOf('separators.txt', `${line}\n${line}`))).toEqual([line, line]);
  });

  it('passes over a byte order mark', async () => {
    expect(await linesOf(await fileOf('bom.txt', '\ufeff{}\n\ufeff'))).toEqual(['{}', '\ufeff']);
  });

  it('puts together what the pieces of a file take apart', async () => {
    // pieces are 64 KiB; lines longer than that, and characters of two to four bytes across their ends
    const lines = ['€'.repeat(50_000), '😀'.repeat(33_333), 'x', `y${'é'.repeat(70_001)}`];
    const text = lines.join('\r\n');
    expect(await linesOf(await fileOf('long.txt', text))).toEqual(lines);
    expect(await linesOf(await fileOf('long.txt.gz', gzipSync(text)))).toEqual(lines);
  });

  it('gives lines that make the file again', async () => {
    const line = fc.string({ unit: 'binary' }).filter((text) => !/[\n\r\ufeff]/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), async (lines) => {
        const path = await fileOf('any.txt', lines.map((text) => `${text}\n`).join(''));
        expect(await linesOf(path)).toEqual(lines);
      }),
      { numRuns: 50 },
    );
  });

  it('stops where its reader stops', async () => {
    const path = await fileOf('endless.txt', 'line\n'.repeat(100_000));
    const reader = readLines(path);
    expect((await reader.next()).value).toBe('line');
    await reader.return();
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it('refuses a file that is not there, or no file, by its name', async () => {
    const missing = join(folder, 'missing.txt');
    await expect(linesOf(missing)).rejects.toThrow(
      new RangeError(
        `${missing}: must be a file that can be read, got ENOENT: no such file or directory, open '${missing}'`,
      ),
    );
    await expect(linesOf(`${missing}.gz`)).rejects.toThrow(RangeError);
    await expect(linesOf(folder)).rejects.toThrow(`${folder}: must be a file that can be read, got EISDIR`);
  });

  it('refuses a packed file that is none, or cut short, or damaged, by its name', async () => {
    const packed = gzipSync(Array.from({ length: 5000 }, (_, i) => `line ${i}`).join('\n'));
    const plain = await fileOf('plain.gz', 'not packed\n');
    await expect(linesOf(plain)).rejects.toThrow(
      new RangeError(`${plain}: must be a file that can be read, got incorrect header check`),
    );
    const short = await fileOf('short.gz', packed.subarray(0, packed.length / 2));
    await expect(linesOf(short)).rejects.toThrow(
      new RangeError(`${short}: must be a file that can be read, got unexpected end of file`),
    );
    const damaged = await fileOf('damaged.gz', packed.with(packed.length - 8, packed[packed.length - 8] ^ 1));
    await expect(linesOf(damaged)).rejects.toThrow(
      new RangeError(`${damaged}: must be a file that can be read, got incorrect data check`),
    );
  });
});

describe('plainOrGz', () => {
  it('is the file itself where there is one, or the packed one', async () => {
    await fileOf('both', 'x');
    await fileOf('both.gz', gzipSync('x'));
    await fileOf('packed.gz', gzipSync('x'));
    expect(await plainOrGz(join(folder, 'both'))).toBe(join(folder, 'both'));
    expect(await plainOrGz(join(folder, 'packed'))).toBe(join(folder, 'packed.gz'));
  });

  it('refuses where there is neither', async () => {
    const path = join(folder, 'neither');
    await expect(plainOrGz(path)).rejects.toThrow(
      new RangeError(`${path}: must be a file (or the same with .gz), got none`),
    );
  });
});
