/** Random calls to a store and to a plain model of it in memory: both must answer the same throughout. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { freshSource } from '../../src/spool/source-state.ts'
import type { LogBounds, Store } from '../../src/spool/store.ts'
import type { OpenStore } from './store.ts'
import {
  append,
  deadLetter,
  entry,
  fill,
  lane,
  minute,
  settlement,
  sinkMinute,
  unstorable,
} from './store-samples.ts'

const SOURCES = ['a', 'ä']
const SINKS = ['x', 'y']

interface SourceModel {
  entries: { base: number; count: number }[]
  start: number
  end: number
  checkpoint: number | undefined
  minutes: Map<number, { count: number; sum: bigint }>
}

interface Model {
  readonly sources: Map<string, SourceModel>
  readonly lanes: Map<string, number>
  readonly delivered: Map<string, number>
  readonly letters: Map<string, string>
}

interface Real {
  readonly opened: OpenStore
  store: Store
}

type Call = fc.AsyncCommand<Model, Real>

export function describeModel(open: () => Promise<OpenStore>): void {
  it('answers as a plain model does', async () => {
    const histories = fc.commands(calls, { maxCommands: 40 })
    const check = fc.asyncProperty(histories, async (history) => {
      const opened = await open()
      try {
        // The log that the lanes read.
        await fill(opened.store, [5])
        const setup = () => ({ model: emptyModel(), real: { opened, store: opened.store } })
        await fc.asyncModelRun(setup, history)
      } finally {
        await opened.remove()
      }
    })
    await fc.assert(check, { numRuns: 40 })
  })
}

const source = fc.constantFrom(...SOURCES)
const sink = fc.constantFrom(...SINKS)
const small = fc.integer({ min: 1, max: 5 })

const calls: fc.Arbitrary<Call>[] = [
  fc.tuple(source, small, small, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })).map(appendCall),
  fc.tuple(source, small).map(failedAppendCall),
  fc.tuple(source, fc.integer({ min: 0, max: 60 })).map(trimCall),
  fc.tuple(sink, small, small, small).map(settleCall),
  fc.tuple(sink, small).map(redeliverCall),
  fc.constant(reopenCall()),
]

function appendCall([id, count, at, sum]: [string, number, number, bigint]): Call {
  return call(`append ${count} to ${id}`, async (model, real) => {
    const it = sourceOf(model, id)
    const state = { ...freshSource, checkpoint: it.end + count }
    await real.store.append(
      append({ source: id, state, entry: entry(it.end, count), ledger: [minute(at, count, sum)] }),
    )
    it.entries.push({ base: it.end, count })
    it.end += count
    it.checkpoint = it.end
    const known = it.minutes.get(at) ?? { count: 0, sum: 0n }
    it.minutes.set(at, { count: known.count + count, sum: (known.sum + sum) % (1n << 128n) })
  })
}

function failedAppendCall([id, count]: [string, number]): Call {
  return call(`fail to append ${count} to ${id}`, async (model, real) => {
    const { end } = sourceOf(model, id)
    const failing = append({ source: id, entry: entry(end, count), ledger: [minute(1, count, 1n)] })
    await expect(real.store.append({ ...failing, state: unstorable(freshSource) })).rejects.toThrow()
  })
}

function trimCall([id, offset]: [string, number]): Call {
  return call(`trim ${id} to ${offset}`, async (model, real) => {
    await real.store.trim(id, offset)
    const it = sourceOf(model, id)
    const gone = it.entries.filter(({ base, count }) => base + count <= offset)
    it.start = gone.reduce((_, { base, count }) => base + count, it.start)
    it.entries = it.entries.slice(gone.length)
  })
}

function settleCall([id, next, delivered, letter]: [string, number, number, number]): Call {
  return call(`settle ${id} at ${next}`, async (model, real) => {
    const key = `${id}${letter}`
    const one = settlement({
      sink: id,
      state: lane(next),
      ledger: [sinkMinute({ source: 'a', minute: 1, delivered })],
      deadLettered: [deadLetter(key, { sink: id })],
    })
    await real.store.settle([one])
    model.lanes.set(id, next)
    model.delivered.set(id, (model.delivered.get(id) ?? 0) + delivered)
    model.letters.set(key, id)
  })
}

function redeliverCall([id, letter]: [string, number]): Call {
  return call(`redeliver ${id}${letter}`, async (model, real) => {
    const next = model.lanes.get(id) ?? 0
    await real.store.settle([settlement({ sink: id, state: lane(next), redelivered: [`${id}${letter}`] })])
    model.lanes.set(id, next)
    model.letters.delete(`${id}${letter}`)
  })
}

function reopenCall(): Call {
  return call('reopen', async (_, real) => {
    real.store = await real.opened.reopen()
  })
}

function call(name: string, act: (model: Model, real: Real) => Promise<void>): Call {
  return {
    toString: () => name,
    check: () => true,
    async run(model, real) {
      await act(model, real)
      expect(await shownBy(real.store)).toEqual(expectedOf(model))
    },
  }
}

/** Everything that can be read from the store, in the model's terms. */
async function shownBy(store: Store) {
  const sources = await Promise.all(
    SOURCES.map(async (id) => {
      const { start, end }: LogBounds = await store.bounds(id)
      const offsets = Array.from({ length: end + 2 }, (_, at) => at - 1)
      const bases = await Promise.all(offsets.map(async (at) => (await store.readEntry(id, at))?.base))
      const ledger = (await store.ledger(id, 0, 99)).map((it) => ({
        minute: it.minute,
        count: it.count,
        sum: BigInt(`0x${Buffer.from(it.digest).toString('hex')}`),
      }))
      return { start, end, bases, ledger, checkpoint: (await store.loadSource(id))?.checkpoint }
    }),
  )
  const sinks = await Promise.all(
    SINKS.map(async (id) => ({
      next: (await store.loadLane(id))?.cursors.acme?.next,
      delivered: (await store.sinkLedger(id, 'a', 0, 99))[0]?.delivered,
      letters: (await store.deadLetters({ sink: id })).map((letter) => letter.id).sort(),
    })),
  )
  return { sources, sinks }
}

function expectedOf(model: Model): Awaited<ReturnType<typeof shownBy>> {
  return {
    sources: SOURCES.map((id) => {
      const { start, end, entries, checkpoint, minutes } = sourceOf(model, id)
      const holder = (at: number) => entries.find(({ base, count }) => base <= at && at < base + count)
      const offsets = Array.from({ length: end + 2 }, (_, at) => at - 1)
      const ledger = [...minutes].sort(([left], [right]) => left - right)
      return {
        start,
        end,
        bases: offsets.map((at) => holder(at)?.base),
        ledger: ledger.map(([at, it]) => ({ minute: at, ...it })),
        checkpoint,
      }
    }),
    sinks: SINKS.map((id) => ({
      next: model.lanes.get(id),
      delivered: model.delivered.get(id),
      letters: [...model.letters]
        .filter(([, of]) => of === id)
        .map(([key]) => key)
        .sort(),
    })),
  }
}

function emptyModel(): Model {
  return { sources: new Map(), lanes: new Map(), delivered: new Map(), letters: new Map() }
}

function sourceOf(model: Model, id: string): SourceModel {
  const known = model.sources.get(id)
  if (known !== undefined) return known
  const made = { entries: [], start: 0, end: 0, checkpoint: undefined, minutes: new Map() }
  model.sources.set(id, made)
  return made
}
