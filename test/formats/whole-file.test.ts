import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wholeFile } from '../../src/formats/whole-file.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whole-file-'));
  path = join(folder, 'out.txt');
});
afterEach(() => rm(folder, { recursive: true }));

describe('wholeFile', () => {
  it('writes text and bytes one after another, and only then takes the name', async () => {
    await wholeFile(path, async (write) => {
      await write('naïve ');
      expect(await readdir(folder)).not.toContain('out.txt');
      await write(new Uint8Array([0x6f, 0x6b]));
    });
    expect(await readFile(path, 'utf8')).toBe('naïve ok');
    expect(await readdir(folder)).toEqual(['out.txt']);
  });
  it('writes several pieces at once in their order, empty ones too', async () => {
    await wholeFile(path, (write) => write('na', '', new Uint8Array([0xc3, 0xaf]), 've', new Uint8Array()));
    expect(await readFile(path, 'utf8')).toBe('naïve');
  });
  it('writes an empty file for no pieces', async () => {
    await wholeFile(path, async () => {});
    expect(await readFile(path, 'utf8')).toBe('');
  });
  it('replaces what was there', async () => {
    await writeFile(path, 'a longer text from before');
    await wholeFile(path, (write) => write('new'));
    expect(await readFile(path, 'utf8')).toBe('new');
  });
  it('keeps what was there when the body throws, and throws the same', async () => {
    await writeFile(path, 'before');
    const failing = wholeFile(path, async (write) => {
      await write('half');
      throw new Error('the source broke');
    });
    await expect(failing).rejects.toThrow('the source broke');
    expect(await readFile(path, 'utf8')).toBe('before');
    expect(await readdir(folder)).toEqual(['out.txt']);
  });
  it('stops at the piece after an abort and leaves nothing', async () => {
    const stop = new AbortController();
    const pieces: string[] = [];
    const writing = wholeFile(
      path,
      async (write) => {
        for (const piece of ['one', 'two', 'three']) {
          await write(piece);
          pieces.push(piece);
          if (piece === 'two') stop.abort(new Error('stopped'));
        }
      },
      { signal: stop.signal },
    );
    await expect(writing).rejects.toThrow('stopped');
    expect(pieces).toEqual(['one', 'two']);
    expect(await readdir(folder)).toEqual([]);
  });
  it('does not take the name when aborted after the last piece', async () => {
    const stop = new AbortController();
    const body = async (write: (piece: string) => Promise<void>) => {
      await write('all');
      stop.abort(new Error('stopped'));
    };
    await expect(wholeFile(path, body, { signal: stop.signal })).rejects.toThrow('stopped');
    expect(await readdir(folder)).toEqual([]);
  });
  it('makes no file under a signal that has aborted', async () => {
    const aborted = { signal: AbortSignal.abort(new Error('stopped')) };
    await expect(wholeFile(path, (write) => write('x'), aborted)).rejects.toThrow('stopped');
    expect(await readdir(folder)).toEqual([]);
  });
  it('can be written twice at once: one of them wins in full', async () => {
    const texts = ['a'.repeat(1e5), 'b'.repeat(1e5)];
    await Promise.all(texts.map((text) => wholeFile(path, (write) => write(text))));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['out.txt']);
  });
  it('refuses a place where no file can be', async () => {
    const nowhere = join(folder, 'missing', 'out.txt');
    await expect(wholeFile(nowhere, (write) => write('x'))).rejects.toThrow(
      `${nowhere}: must be where a file can be written, got ENOENT`,
    );
  });
});
