import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { dir: 'test', setupFiles: ['test/properties.ts'] } });
