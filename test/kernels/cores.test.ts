import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cores, quota } from '../../src/kernels/native/cores.ts';

/** Calls with the top of a tree of made-up files. */
async function among(files: Readonly<Record<string, string>>, claim: (root: string) => void): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'nearmiss-cores-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
    claim(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

describe('the cores the process may use', () => {
  it('are no more than its cgroup may have, nor than any around it', () =>
    among(
      {
        'proc/self/cgroup': '0::/pods/one\n',
        'sys/fs/cgroup/cpu.max': 'max 100000\n',
        'sys/fs/cgroup/pods/cpu.max': '150000 100000\n',
        'sys/fs/cgroup/pods/one/cpu.max': '20000 10000\n',
      },
      (root) => {
        expect(quota(root)).toBe(1.5);
        expect(cores(root)).toBe(Math.min(2, availableParallelism()));
      },
    ));

  it('are read from the first cgroups too, and where a container sees its own at the top', () =>
    among(
      {
        'proc/self/cgroup': '9:name=systemd:/x\n2:cpu,cpuacct:/docker/0123\n0::/\n',
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      (root) => {
        expect(quota(root)).toBe(0.5);
        expect(cores(root)).toBe(1);
      },
    ));

  it('are all where nothing is said', async () => {
    await among({}, (root) => expect(quota(root)).toBe(Infinity));
    const unlimited = {
      'proc/self/cgroup': '1:cpu:/\n0::/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    };
    await among(unlimited, (root) => expect(cores(root)).toBe(availableParallelism()));
  });
});
