import { defineConfig } from 'vitest/config';

/** Every project's tests run the same way: from source, with a report the gate adds up. */
export default defineConfig({
  resolve: { conditions: ['unroll-source'] },
  ssr: { resolve: { conditions: ['unroll-source'] } },
  test: {
    include: ['src/**/*.test.ts', 'examples/**/*.test.ts'],
    reporters: ['default', ['json', { outputFile: 'test-report.json' }]],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    isolate: false, // a file costs less than the modules it imports, which the files of a worker share
  },
});
