import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { PATIENCE_MS } from './test/patience.ts'

/** These change the environment of their process, or look at what only a fresh one has. */
const APART = [
  'connectors/sinks/azure_blob/fips.test.ts',
  'src/console/events/charts/changed-clock.test.ts',
  'src/console/events/{filter-names,local-moments,settled-text}.test.ts',
  'src/lib/aws/repeat.test.ts',
  'src/lib/google/token.test.ts',
  'test/config/commands.test.ts',
  'test/engine/mirror-bucket.test.ts',
]

/**
 * These start dozens of programs, browsers and servers: two thirds of the time of all tests. `npm test` leaves them to
 * `npm run test:long`, stays within ten minutes on two cores, and still has a sample of each kind.
 */
const LONG = [
  'test/archive/postgres-outcomes.test.ts',
  'test/browser/{background,events,filters,focus,held-back,many-dead-letters,operations,overlays}.test.ts',
  'test/browser/{pages,rig,sessions,unruly}.test.ts',
  'test/config/new-sink.test.ts',
  'test/e2e/{backfill,backfill-sinks,bad-input-sink,bad-input-source,bad-input-start,commands}.test.ts',
  'test/e2e/{export-api,interrupted,package-hangs,reconcile,replay,signals}.test.ts',
  'test/e2e/{source-in-trouble,state,status-states,told-commands}.test.ts',
  'test/faults/{backfill-workers,kill-manifests,pause-workers,stop-workers,workers}.test.ts',
]

/** A test that starts programs and servers takes long, however small its file is. */
const SLOW = /\/test\/(browser|conformance|e2e|faults)\//

/**
 * A fresh clone knows no durations, and vitest begins with the largest files: a small one that takes long came near the
 * end, and three workers were idle until it was over.
 */
class SlowFirst extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const isQuick = ({ project, moduleId }: TestSpecification) =>
      project.name === 'shared' && !SLOW.test(moduleId)
    const sorted = await super.sort(specs)
    return sorted.toSorted((left, right) => Number(isQuick(left)) - Number(isQuick(right)))
  }
}

/**
 * The launcher's folder, shared with the programs that tests start. Without it, each thread of an archive that a test
 * opens strips the types of its files again: a fifth of a second.
 */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node', import.meta.url))

export default defineConfig({
  test: {
    // In most tests of `test/e2e` real processes start, many at a time: a slow machine is no failure, a hang is. Set
    // here, because what a shared module sets when it is loaded only holds for the first file of a worker.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // The browser shares two cores with everything else.
    expect: { poll: { timeout: PATIENCE_MS } },
    // Twice the cores of a small machine: much of the time a test waits for a program that it started.
    maxWorkers: 4,
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts', 'connectors/**/*.test.ts', 'src/**/*.test.ts'],
          exclude: [...APART, ...LONG],
          // No module keeps state (test/guards/singletons.test.ts), so files share what is loaded: less than half of
          // the time.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'apart', include: APART } },
      { extends: true, test: { name: 'long', include: LONG, isolate: false } },
    ],
  },
})
