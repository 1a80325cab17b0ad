import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { answered } from '../../src/service/calls.ts';
import { openService } from '../../src/service/open-service.ts';
import type { Service, ServiceOptions } from '../../src/service/service.ts';
import { list, message, rowsOf } from './messages.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'kept-'))));
afterAll(() => rm(folder, { recursive: true }));

const OPTIONS: ServiceOptions = { kind: 'exact', distance: cosine, ef: 100, most: 2 ** 20 };
const fail = (error: unknown): never => {
  throw error;
};
const upsert = (service: Service, ids: readonly number[], of: number, classes?: readonly number[]) =>
  answered(
    service,
    message(
      { call: 'upsert' },
      {
        rows: rowsOf(fromRows(ids.map((id) => [id, of]))),
        ids: list(Uint32Array.from(ids)),
        ...(classes && { classes: list(Int32Array.from(classes)) }),
      },
    ),
    fail,
  );
const remove = (service: Service, ids: readonly number[]) =>
  answered(service, message({ call: 'remove' }, { ids: list(Uint32Array.from(ids)) }), fail);

/** Everything that is stored, by id. */
function rowsIn({ index }: Service): ReadonlyMap<number, readonly number[]> {
  const ids = index?.ids().toSorted() ?? new Uint32Array();
  const { rows, classes } = index?.read(ids) ?? { rows: fromRows([]), classes: undefined };
  return new Map(
    Array.from(ids, (id, i) => [id, [...rows.data.subarray(2 * i, 2 * i + 2), classes?.[i] ?? -1]]),
  );
}

/** As a death leaves it: nothing is written at the end. */
async function again(service: Service, path: string, options = OPTIONS): Promise<Service> {
  await service.folder?.close();
  return openService(options, path);
}

describe('a folder of rows', () => {
  it('has what came and went, whenever it was left, and whenever it was written in one piece', () => {
    const ids = fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 });
    const step = fc.oneof(
      fc.record({ upsert: ids, of: fc.nat({ max: 99 }) }),
      fc.record({ remove: ids }),
      fc.constantFrom('snapshot', 'again'),
    );
    let run = 0;
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const path = join(folder, `steps-${run++}`);
        const expected = new Map<number, readonly number[]>();
        let service = await openService(OPTIONS, path);
        for (const each of [...steps, 'again'] as const) {
          if (each === 'again') service = await again(service, path);
          else if (each === 'snapshot') await answered(service, message({ call: 'snapshot' }), fail);
          else if ('upsert' in each) {
            await upsert(service, each.upsert, each.of);
            for (const id of each.upsert) expected.set(id, [id, each.of, -1]);
          } else {
            // what is not stored cannot be removed, and then none of it is
            const { header } = await remove(service, each.remove);
            const all = each.remove.every((id) => expected.has(id));
            expect(header.error === undefined).toBe(all);
            if (all) for (const id of each.remove) expected.delete(id);
          }
          expect(rowsIn(service)).toEqual(expected);
        }
        await service.folder?.close();
      }),
      { numRuns: 25 },
    );
  });

  it.each(['exact', 'hnsw'] as const)(
    'keeps classes, and rows of another dimension after all have gone (%s)',
    async (kind) => {
      const path = join(folder, kind);
      const options = { ...OPTIONS, kind };
      let service = await openService(options, path);
      await upsert(service, [1, 2], 3, [7, 8]);
      service = await again(service, path, options);
      expect(rowsIn(service)).toEqual(
        new Map([
          [1, [1, 3, 7]],
          [2, [2, 3, 8]],
        ]),
      );
      await remove(service, [1, 2]);
      await answered(
        service,
        message({ call: 'upsert', values: { firstId: 4 } }, { rows: rowsOf(fromRows([[1, 2, 3]])) }),
        fail,
      );
      service = await again(service, path, options);
      expect([service.index?.dim, service.index?.size]).toEqual([3, 1]);
      await service.folder?.close();
    },
  );

  it('is written in one piece when the journal is longer than that and than 64 MiB, and when nothing is left', async () => {
    const path = join(folder, 'long');
    const service = await openService(OPTIONS, path);
    const many = (first: number) =>
      answered(
        service,
        message(
          { call: 'upsert', values: { firstId: first } },
          { rows: { shape: [2048, 2048], data: new Float32Array(2 ** 22).fill(1 + first) } },
        ),
        fail,
      );
    // 16 MiB each: the fifth finds 64 MiB and some bytes in the journal
    for (let i = 0; i < 4; i++) await many(i);
    expect(await readdir(path)).toContain('journal-0');
    await many(4);
    expect((await readdir(path)).toSorted()).toEqual(['index-1', 'journal-1', 'pid', 'snapshots']);
    await remove(service, [...(service.index?.ids() ?? [])]);
    await answered(service, message({ call: 'snapshot' }), fail);
    const empty = await again(service, path);
    expect([empty.index?.size, await readdir(path)]).toEqual([
      0,
      expect.arrayContaining(['index-2', 'journal-2']),
    ]);
    await empty.folder?.close();
  });

  it('goes on when it could not be written, and can be again', async () => {
    const path = join(folder, 'full');
    const service = await openService(OPTIONS, path);
    await upsert(service, [1], 2);
    // a folder stands where the journal and the index would
    for (const name of ['journal-1', 'index-1']) {
      await mkdir(join(path, name, 'x'), { recursive: true });
      const refused = await answered(service, message({ call: 'snapshot' }), fail);
      expect(refused.header).toMatchObject({ status: 503, error: expect.stringContaining(name) });
      await upsert(service, [2], 3);
      await rm(join(path, name), { recursive: true });
    }
    const later = await again(service, path);
    expect([...rowsIn(later).keys()]).toEqual([1, 2]);
    expect((await answered(later, message({ call: 'snapshot' }), fail)).header).toEqual({ size: 2 });
    // its journal is closed beneath it: the change is not kept, and the next one makes a new journal
    await later.folder?.close();
    expect((await upsert(later, [3], 4)).header.status).toBe(503);
    expect((await upsert(later, [4], 5)).header).toMatchObject({ size: 4 });
    const last = await again(later, path);
    expect([...rowsIn(last).keys()]).toEqual([1, 2, 3, 4]);
    await last.folder?.close();
  });

  it('is of one kind of index, and as it was written', async () => {
    const path = join(folder, 'other');
    const service = await openService(OPTIONS, path);
    await upsert(service, [1], 2);
    await answered(service, message({ call: 'snapshot' }), fail);
    await service.folder?.close();
    await expect(openService({ ...OPTIONS, distance: dot }, path)).rejects.toThrow(
      `${path}: the index that was written must be by dot, got cosine`,
    );
    await expect(openService({ ...OPTIONS, kind: 'hnsw' }, path)).rejects.toThrow(
      `${path}: the index that was written must be hnsw, got exact`,
    );
    await writeFile(join(path, 'index-1'), 'x');
    await expect(openService(OPTIONS, path)).rejects.toThrow(
      /index-1: must be a file of kind nearmiss, got another/,
    );
  });

  it('is the folder of one process, as long as that lives', async () => {
    const path = join(folder, 'owned');
    const service = await openService(OPTIONS, path);
    await service.folder?.close();
    // the parent of this process lives; field 22 says since when, and after a name in parentheses comes field 3
    const stat = await readFile(`/proc/${process.ppid}/stat`, 'utf8').catch(() => '');
    const since = stat === '' ? '' : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3];
    await writeFile(join(path, 'pid'), `${process.ppid} ${since}`);
    await expect(openService(OPTIONS, path)).rejects.toThrow(
      `${path}: must be the folder of one process, got process ${process.ppid}, which ${join(path, 'pid')} names`,
    );
    // another that had the same number
    await writeFile(join(path, 'pid'), `${process.ppid} 1`);
    const taken = await openService(OPTIONS, path);
    await taken.folder?.close();
  });
});
