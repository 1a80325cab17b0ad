import { vi } from 'vitest';
import { expectOurs } from './expect-ours.ts';

// before anything is imported that asks for the kernels
vi.hoisted(() => {
  process.env.NEARMISS_KERNELS = 'plain';
});

expectOurs();
