import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Two projects: `unit` stands beside the sources, `e2e` drives the built host and real servers. */
export default defineConfig({
  test: {
    // By default one core is left free. Most of the time tests wait: for a deadline, a back-off, a process.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      {
        test: { name: 'unit', include: ['src/**/*.spec.ts', 'scripts/**/*.spec.ts'], testTimeout: 10_000 },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
    exclude: [...configDefaults.exclude, '.tools/**'],
  },
});
