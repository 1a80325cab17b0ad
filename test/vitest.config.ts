import { defineConfig } from 'vitest/config';

// no test measures time: what takes a second here may take many where other work goes on beside it
export default defineConfig({
  test: {
    dir: 'test',
    setupFiles: ['test/properties.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
  },
});
