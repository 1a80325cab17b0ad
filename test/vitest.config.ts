import { configDefaults, defineConfig } from 'vitest/config';

const test = (files: string): string => `${files}.test.ts`;
/** What mocks a module, or chooses the kernels, before it imports anything: it needs a process where nothing was imported yet. */
const ALONE = [
  'models/onnx-texts',
  'neighbors/hnsw',
  'pipelines/training/contrast',
  'reference/reference-plain',
].map(test);
/** Thousands of calls of a few rows: a process of tests for each core has nobody left for a second thread to wait for. */
const SMALL = ['losses', 'metrics', 'miners', 'models', 'optimizers'].map((folder) => test(`${folder}/**/*`));

const { exclude } = configDefaults;

// no test measures time: what takes a second here may take many where other work goes on beside it
export default defineConfig({
  test: {
    dir: 'test',
    setupFiles: ['test/properties.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
    // a process goes from file to file of its project, and imports the sources once: that takes half as long
    isolate: false,
    projects: [
      {
        extends: true,
        test: { name: 'together', exclude: [...exclude, ...ALONE, ...SMALL], sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: 'small',
          include: SMALL,
          exclude: [...exclude, ...ALONE],
          env: { NEARMISS_THREADS: '1' },
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, isolate: true, sequence: { groupOrder: 3 } },
      },
    ],
  },
});
