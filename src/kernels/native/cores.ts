import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * How many cores the process may use: those its affinity leaves it, and no more than its cgroups' quota of processor time,
 * rounded up, which `availableParallelism()` of Node 20 does not know.
 */
export function cores(root = ''): number {
  return Math.min(availableParallelism(), Math.max(1, Math.ceil(quota(root))));
}

/** Seconds of processor time a second, the least of the process's own cgroup and those around it; Infinity without one. */
export function quota(root = ''): number {
  let least = Infinity;
  for (const line of (read(`${root}/proc/self/cgroup`) ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    for (const folder of around(path)) {
      if (controllers === '') least = Math.min(least, quotaOfV2(`${root}/sys/fs/cgroup${folder}`));
      else if (controllers.split(',').includes('cpu'))
        least = Math.min(least, quotaOfV1(`${root}/sys/fs/cgroup/cpu${folder}`));
    }
  }
  return least;
}

/** '/a/b' is inside '/a', which is inside ''. */
function around(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  return Array.from({ length: names.length + 1 }, (_, depth) =>
    names
      .slice(0, depth)
      .map((name) => `/${name}`)
      .join(''),
  );
}

/** cpu.max: microseconds, or max, in a period of so many. */
function quotaOfV2(folder: string): number {
  const [most, period] = (read(`${folder}/cpu.max`) ?? 'max 100000').trim().split(' ');
  return share(most, period);
}

/** The same in two files; no quota is -1. */
function quotaOfV1(folder: string): number {
  return share(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`));
}

function share(most: string | undefined, period: string | undefined): number {
  const [time, whole] = [Number(most), Number(period)];
  return time > 0 && whole > 0 ? time / whole : Infinity;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
