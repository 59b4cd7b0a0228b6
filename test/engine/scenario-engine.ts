/** An engine driven by hand: it polls when told to, on a clock that the scenario moves, and can die. */
import { setImmediate } from 'node:timers/promises'
import type { Config } from '../../src/config/config.ts'
import { type Components, openComponents } from '../../src/engine/components.ts'
import type { SourceUnit } from '../../src/engine/source-unit.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import type { Store } from '../../src/spool/store.ts'
import { type Death, dyingStore } from '../faults/dying-store.ts'
import type { StateHome } from './scenario-home.ts'
import type { Life } from './scenario-sink.ts'

export interface DrivenEngine {
  readonly store: Store
  readonly components: Components
  readonly unit: SourceUnit
  /** Dies at the store write that comes after `after` others. */
  doom(after: number, when: Death['when']): void
  /** One turn of the poll loop. Resolves early when the engine dies. */
  poll(): Promise<void>
  /** Queues all dead letters again. */
  requeue(): Promise<void>
  /** Resolves once everything spooled is settled at the sinks, or the engine has died. */
  deliver(): Promise<void>
  stop(how: 'graceful' | 'impatient'): Promise<void>
  /** Closes the handles of a dead engine. */
  bury(): Promise<void>
}

interface DrivenEngineParts {
  readonly config: Config
  readonly home: StateHome
  readonly now: () => number
  readonly life: Life
  /** Looks at the state as it was left, before anything continues. */
  inspect(store: Store): Promise<void>
}

export async function openDrivenEngine(it: DrivenEngineParts): Promise<DrivenEngine> {
  const { config, home, now, life } = it
  let death: Death | undefined
  let announce = () => {}
  const died = new Promise<void>((resolve) => {
    announce = resolve
  })
  const living = await home.open()
  await it.inspect(living)
  const store = dyingStore(
    living,
    () => death,
    () => {
      home.die()
      life.isDead = true
      announce()
      return new Promise<never>(() => {})
    },
  )
  const parts = { config, store, metrics: silentMetrics, logger: silentLogger, version: '0.0.0', now }
  const components = await openComponents({ ...parts, random: () => 0, patienceMs: Number.POSITIVE_INFINITY })
  const { pipeline, sources, sinks } = components
  const unit = sources[0] as SourceUnit
  const polling = new AbortController()
  const lanes = () => sinks.flatMap((sink) => sink.held()?.lane ?? [])
  for (const lane of lanes()) void lane.run()

  const drained = async () => {
    for (const lane of lanes()) lane.flush()
    while (!life.isDead && !lanes().every((lane) => lane.isDrained())) await setImmediate()
  }
  /** Trims all the time, although the engine does so only now and then: any moment may be the wrong one. */
  const trimming = async (work: Promise<unknown>) => {
    let isOver = false
    const ended = work.finally(() => {
      isOver = true
    })
    // Nobody hears of what fails while the engine dies; the trim never returns then.
    ended.catch(() => undefined)
    while (!isOver && !life.isDead) {
      await setImmediate()
      await pipeline.trim()
    }
    await ended
  }
  const orDeath = (work: Promise<unknown>) => Promise.race([trimming(work), died]).then(() => {})
  const stopLanes = () => Promise.all(lanes().map((lane) => lane.stop()))
  const abortLanes = () => {
    for (const lane of lanes()) lane.abort()
  }

  return {
    store,
    components,
    unit,
    doom(after, when) {
      death = { write: store.writes() + after, when }
    },
    poll: () => orDeath(unit.loop.turn(polling.signal)),
    async requeue() {
      await orDeath(store.queueDeadLetters({}))
      for (const lane of lanes()) lane.wakeForLetters()
    },
    deliver: () => orDeath(drained()),
    async stop(how) {
      polling.abort()
      if (how === 'impatient') abortLanes()
      else await orDeath(drained())
      await orDeath(stopLanes())
      if (life.isDead) return
      await components.close()
      await living.close()
    },
    async bury() {
      polling.abort()
      abortLanes()
      void stopLanes()
      await components.close()
      await setImmediate()
      await living.close()
    },
  }
}
