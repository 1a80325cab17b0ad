import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTexts } from '../../src/formats/texts.ts';

const lines = [
  '{"_id": "a", "text": "first"}',
  '',
  '{"_id": "b", "title": "A title", "text": "zweite, größere \u2028 Zeile"}\r',
  '   ',
  '{"_id": "c", "title": "only a title"}',
  '{"_id": "d", "text": "last, with no newline"}',
];
const texts = ['first', 'A title zweite, größere \u2028 Zeile', 'only a title', 'last, with no newline'];

describe('openTexts', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearmiss-'));
    await writeFile(join(folder, 'plain.jsonl'), lines.join('\n'));
    await writeFile(join(folder, 'packed.jsonl.gz'), gzipSync(lines.join('\n')));
  });

  it.each(['plain.jsonl', 'packed.jsonl.gz'])(
    'reads the texts of records in any order, blank lines aside: %s',
    async (name) => {
      const opened = await openTexts(join(folder, name));
      expect(await opened.of([3, 0, 1, 2, 1])).toEqual([texts[3], texts[0], texts[1], texts[2], texts[1]]);
      expect(await opened.of([])).toEqual([]);
      await opened.close();
    },
  );

  it('leaves nothing behind of what it unpacked', async () => {
    const mine = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('nearmiss-texts-'));
    const before = await mine();
    const opened = await openTexts(join(folder, 'packed.jsonl.gz'));
    await opened.close();
    expect(await mine()).toEqual(before);
  });

  it('finds more records than one piece of a file has', async () => {
    const many = Array.from({ length: 5000 }, (_, i) =>
      JSON.stringify({ _id: `${i}`, text: `${'x'.repeat(i % 70)} ${i}` }),
    );
    await writeFile(join(folder, 'many.jsonl'), `${many.join('\n')}\n`);
    const opened = await openTexts(join(folder, 'many.jsonl'));
    expect(await opened.of([4999, 2500])).toEqual([`${'x'.repeat(29)} 4999`, `${'x'.repeat(50)} 2500`]);
    await opened.close();
  });

  it('refuses what cannot be unpacked', async () => {
    await writeFile(join(folder, 'broken.jsonl.gz'), 'no gzip');
    await expect(openTexts(join(folder, 'broken.jsonl.gz'))).rejects.toThrow(
      /broken\.jsonl\.gz: must be a file that can be unpacked/,
    );
  });
});
