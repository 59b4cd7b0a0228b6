import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'connectors/**/*.test.ts', 'src/**/*.test.ts'],
    // Real processes start in most tests of `test/e2e`, many at a time: a slow machine is no failure, a hang is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // No module keeps state (test/guards/singletons.test.ts), so files share what is loaded: less than half of the time.
    isolate: false,
  },
})
