/** Plays a scenario to the point at which everything must have arrived, and reports the result. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { SourceState } from '../../src/spool/source-state.ts'
import type { Store } from '../../src/spool/store.ts'
import type { Scenario, Setup, Step } from './scenario.ts'
import { configOf, SOURCE } from './scenario-config.ts'
import { type DrivenEngine, openDrivenEngine } from './scenario-engine.ts'
import { type ExpectedEvent, expectedEvents } from './scenario-events.ts'
import { homeOnDisk, type StateHome } from './scenario-home.ts'
import { createRecordingSink, type Life } from './scenario-sink.ts'
import { type Counts, countsOf, knownTo, openUids } from './scenario-state.ts'
import { openWorld, type World } from './scenario-world.ts'

export interface Played {
  /** Everything in the source, wanted or not. */
  readonly log: readonly ExpectedEvent[]
  readonly garbled: number
  readonly quarantined: number
  readonly state: SourceState
  /** When the first poll that stored anything began, Unix seconds. */
  readonly firstPollAt: number
  readonly sinks: readonly PlayedSink[]
  readonly crashes: number
  /** Events that a checkpoint had passed although they were missing, found after a crash. */
  readonly passedOver: readonly string[]
}

export interface PlayedSink {
  readonly taken: readonly string[]
  readonly deadLetters: readonly string[]
  readonly counted: Counts
  readonly ledger: Counts
  /** Uids that were in flight at a crash: only these may arrive twice. */
  readonly inFlight: ReadonlySet<string>
}

/** `homeIn` creates the place for the state, in a given folder. */
export async function play(
  { setup, steps }: Scenario,
  homeIn: (folder: string) => StateHome = homeOnDisk,
): Promise<Played> {
  const world = await openWorld(setup)
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'auditferry-scenario-'))
  try {
    const player = await openPlayer(setup, world, root, homeIn(root))
    for (const step of steps) await player.step(step)
    return await player.end()
  } finally {
    await world.emulator.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

async function openPlayer(setup: Setup, world: World, root: string, home: StateHome) {
  let life: Life = { isDead: false }
  let crashes = 0
  let firstPollAt = 0
  const passedOver: string[] = []
  const sinks = setup.sinks.map((sink, at) => ({
    id: `sink${at}`,
    recording: createRecordingSink(sink, () => life),
    inFlight: new Set<string>(),
  }))
  const recordings = sinks.map(({ recording }) => recording)

  /** Looks at the state that was left, before a new engine continues from it. */
  const inspect = async (store: Store) => {
    // A process that died before it stored anything doesn't count as begun.
    if ((await store.loadSource(SOURCE))?.start === undefined) firstPollAt = 0
    for (const { id, inFlight } of sinks) for (const uid of await openUids(store, id)) inFlight.add(uid)
    passedOver.push(...(await missedBelowCheckpoint(store, setup, world)))
  }
  const open = (): Promise<DrivenEngine> => {
    life = { isDead: false }
    const config = configOf(setup, world.emulator, recordings, root)
    return openDrivenEngine({ config, home, now: world.now, life, inspect })
  }
  let engine = await open()

  /** A new process replaces one that has died. */
  const takeOver = async () => {
    if (!life.isDead) return
    await engine.bury()
    crashes++
    engine = await open()
  }

  const poll = async () => {
    firstPollAt ||= world.second()
    await engine.poll()
    await takeOver()
  }

  const step = async (it: Step): Promise<void> => {
    await setImmediate()
    if (it.do === 'poll') await poll()
    else if (it.do === 'crash') engine.doom(it.after, it.when)
    else if (it.do === 'restart') {
      await engine.stop(it.how)
      if (!life.isDead) engine = await open()
    } else if (it.do === 'mend') {
      for (const recording of recordings) recording.mend()
      await engine.requeue()
    } else world.happen(it)
    await takeOver()
  }

  /** Keeps the source quiet, lets time pass until every retrospection is due, and waits until everything is settled. */
  const end = async (): Promise<Played> => {
    world.calm()
    world.wait(Math.max(setup.overlapS, ...setup.retrospectS) + 7 * 3_600)
    await pollToEnd(() => engine, world, poll)
    do {
      await takeOver()
      await engine.deliver()
    } while (life.isDead)
    const played = await result()
    await engine.stop('graceful')
    return played
  }

  const result = async (): Promise<Played> => {
    const { store } = engine
    const playedSinks = sinks.map(async ({ id, recording, inFlight }) => {
      const deadLetters = (await store.deadLetters({ sink: id })).map(({ uid }) => uid)
      return { taken: recording.taken, deadLetters, inFlight, ...(await countsOf(store, id)) }
    })
    return {
      log: logOf(world, setup),
      garbled: world.garbled(),
      quarantined: await store.countQuarantined(SOURCE),
      state: engine.unit.poller.state(),
      firstPollAt,
      sinks: await Promise.all(playedSinks),
      crashes,
      passedOver,
    }
  }
  return { step, end }
}

const TURNS = 100

async function pollToEnd(engine: () => DrivenEngine, world: World, poll: () => Promise<void>): Promise<void> {
  let trouble = ''
  for (let turn = 0; turn < TURNS; turn++) {
    await poll()
    const { state, reason } = engine().unit.loop.health()
    if (reason === '' && state !== 'catching_up') return
    trouble = `${state} ${reason}`
    world.wait(1)
  }
  throw new Error(`the source is not read to its end: ${trouble}`)
}

/** Events that were visible in time, are below the stored checkpoint, and are missing from the ledger. */
async function missedBelowCheckpoint(store: Store, setup: Setup, world: World): Promise<string[]> {
  const { checkpoint, start, gaps = [] } = (await store.loadSource(SOURCE)) ?? {}
  if (checkpoint === undefined || start === undefined) return []
  const isKnown = await knownTo(store)
  const unproven = new Set(gaps.map((gap) => gap.second))
  const inTime = (second: number, at: number) =>
    second >= start && at < checkpoint && at - second < setup.overlapS / 2 && !unproven.has(second)
  // Twins within a second become visible one after another: only whole seconds can be judged.
  const late = world.added.filter((it) => !inTime(it.event.timestamp, it.at))
  const unjudged = new Set(late.map(({ event }) => event.timestamp))
  return logOf(world, setup)
    .filter(({ second, uid }) => !unjudged.has(second) && !isKnown(uid))
    .map(({ second, uid }) => `${second} ${uid} (checkpoint ${checkpoint})`)
}

/** Nine columns don't show tokens and actors. */
function logOf({ emulator }: World, { api, switches }: Setup): ExpectedEvent[] {
  const isExport = api === 'v1' || switches.v2 === false
  return expectedEvents(emulator.events(), { actors: !(isExport && switches.columns === 9) })
}
