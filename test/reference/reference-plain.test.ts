import { vi } from 'vitest';
import { expectOurs } from './expect-ours.ts';

// before anything is imported that asks for the kernels
vi.hoisted(() => {
  process.env.NEARMISS_KERNELS = 'plain';
});

// of the large cases these kernels would make half a minute where the machine is slow; the native ones take them every time
expectOurs({ large: process.env.NEARMISS_SLOW === '1' });
