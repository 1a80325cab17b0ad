import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import { readNpyMatrix, writeNpy } from '../../src/formats/npy.ts';
import { cli, nearmiss } from './command.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stopped-'));
  for (const name of ['a', 'p']) {
    const rows = matrix(30_000, 32);
    rows.data.forEach((_, e) => (rows.data[e] = Math.sin(e * (name === 'a' ? 1.1 : 1.3))));
    await writeNpy(join(folder, `${name}.npy`), [rows], rows);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** Words that score all rows in so many batches. */
function words(rows: number): string[] {
  const [a, p, out] = ['a.npy', 'p.npy', 'out'].map((name) => join(folder, name));
  return ['score', 'infoNce', '--anchors', a, '--positives', p, '--rows', `${rows}`, '--out', out];
}

async function temporaries(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
}

/** Sends a signal once files are there that are being written, and resolves when the process is gone. */
async function stopped(child: ChildProcess, signal: NodeJS.Signals, begun: () => Promise<boolean>) {
  const closed = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (code, by) => resolve([code, by]));
  });
  while (!(await begun()) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill(signal);
  return closed;
}

const writing = async (): Promise<boolean> => {
  for (const name of await temporaries()) {
    const written = await readdir(join(folder, name)).catch((): string[] => []);
    if (written.includes('anchors.npy')) return true;
  }
  return false;
};

describe('score, stopped among its batches', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s, leaves nothing', async (signal, code) => {
    const child = spawn(process.execPath, [cli, ...words(2)], { stdio: 'ignore' });
    expect(await stopped(child, signal, writing)).toEqual([code, null]);
    expect((await readdir(folder)).sort()).toEqual(['a.npy', 'p.npy']);
  });

  it('by SIGKILL, leaves no .npy that could be taken for a whole one, and does not stand in the way of the next run', async () => {
    const child = spawn(process.execPath, [cli, ...words(2)], { stdio: 'ignore' });
    expect(await stopped(child, 'SIGKILL', writing)).toEqual([null, 'SIGKILL']);
    const [left, ...others] = await temporaries();
    expect(others).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(['a.npy', left, 'p.npy'].sort());
    for (const name of await readdir(join(folder, left))) {
      const opening = (await readFile(join(folder, left, name))).subarray(0, 6);
      expect(
        opening.every((byte) => byte === 0),
        name,
      ).toBe(true);
    }

    const { code, stderr } = await nearmiss(...words(1000));
    expect(code, stderr).toBe(0);
    expect((await readNpyMatrix(join(folder, 'out', 'anchors.npy'))).rows).toBe(30_000);
    await rm(join(folder, 'out'), { recursive: true });
    await rm(join(folder, left), { recursive: true });
  }, 60_000);

  it('within a long batch, leaves nothing', async () => {
    const child = spawn(process.execPath, [cli, ...words(30_000)], { stdio: 'ignore' });
    // the one batch is computed as soon as its folder is there
    const [code, signal] = await stopped(child, 'SIGTERM', async () => (await temporaries()).length > 0);
    expect([143, 'SIGTERM']).toContain(code ?? signal);
    expect((await readdir(folder)).sort()).toEqual(['a.npy', 'p.npy']);
  }, 60_000);
});
