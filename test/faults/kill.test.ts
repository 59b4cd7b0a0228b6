/**
 * `kill -9` right before and right after every write of the store: nothing is lost, and what arrives twice was in
 * flight. Nothing durable changes between two writes, so these are all the moments that differ for the state.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FILTERED_LOGIN } from '../engine/scenario-events.ts'
import { type Ending, type Occasion, openStage, SINKS, type SinkName, type Stage } from './deaths.ts'
import type { Death } from './dying-store.ts'

const isSoak = process.env.AUDITFERRY_SOAK === '1'
/** Kills per occasion in a usual run. */
const SAMPLE = 4

let stage: Stage
const sum = { writes: 0, kills: 0, duplicates: 0 }

beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
  process.stdout.write(`kill: ${JSON.stringify(sum)}\n`)
})

it.each<Occasion>(['first pass', 'later pass'])(
  'loses nothing, wherever a %s is killed',
  async (occasion) => {
    const writes = await stage.writes(occasion)
    expect(writes).toBeGreaterThan(SAMPLE)
    sum.writes += writes
    let kills = 0
    for (const death of deaths(writes)) {
      const ending = await stage.kill(occasion, death)
      if (ending.killed) kills++
      judge(ending, death)
    }
    sum.kills += kills
    // How settlements are grouped differs from run to run: the last writes may not happen.
    expect(kills).toBeGreaterThan(isSoak ? writes : SAMPLE / 2)
  },
  3_600_000,
)

/** All of them, or a sample from beginning, middle and end. */
function deaths(writes: number): Death[] {
  const every = Array.from({ length: writes }, (_, write) => [
    { write, when: 'before' as const },
    { write, when: 'after' as const },
  ]).flat()
  return isSoak ? every : every.filter((_, at) => at % Math.ceil(every.length / SAMPLE) === 1)
}

function judge(ending: Ending, death: Death): void {
  const { spooled, sinks, torn, undone, passedOver } = ending
  expect({ death, passedOver, undone, torn, spooled }).toEqual({
    death,
    passedOver: [],
    undone: [],
    torn: '',
    spooled: stage.expected.length,
  })
  for (const name of SINKS) {
    const { received, inFlight, deadLetters, counted, ledger } = sinks[name]
    const uids = uidsFor(name)
    const twice = received.filter((uid, at) => received.indexOf(uid) !== at)
    sum.duplicates += twice.length
    expect({ death, name, received: new Set(received) }).toEqual({ death, name, received: new Set(uids) })
    expect({ death, name, twice: twice.filter((uid) => !inFlight.has(uid)) }).toEqual({
      death,
      name,
      twice: [],
    })
    expect({ death, name, deadLetters }).toEqual({
      death,
      name,
      deadLetters: name === 'hook' ? [stage.refused] : [],
    })
    expect({ death, name, counted }).toEqual({ death, name, counted: ledger })
    expect(counted).toEqual({
      delivered: uids.length,
      deadLettered: deadLetters.length,
      filtered: stage.expected.length - uids.length - deadLetters.length,
    })
  }
}

/** What a sink should get. */
function uidsFor(name: SinkName): string[] {
  const wanted = stage.expected.filter(({ uid, login }) => {
    if (name === 'hook') return uid !== stage.refused
    return name === 'file' || login === FILTERED_LOGIN
  })
  return wanted.map(({ uid }) => uid)
}
