/** A sink in memory that records what it takes, and misbehaves as its setup says. It never takes what it refuses. */
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { type Batch, type BatchEvent, defineSink, type SinkDefinition } from '../../src/connector.ts'
import { delivered, every, type Outcome } from '../../src/outcome.ts'
import { createDraw, type Draw } from '../emulators/pulumi/random.ts'
import type { SinkSetup } from './scenario.ts'

export interface RecordingSink {
  readonly definition: SinkDefinition
  /** Uids, each as often as it was taken. */
  readonly taken: readonly string[]
  /** From now on nothing is refused for good. */
  mend(): void
}

/** The time of one engine, from opening to end. */
export interface Life {
  isDead: boolean
}

/**
 * `currentLife`: the life of the engine that opens the sink. Once it is over, nothing more is taken from that engine.
 */
export function createRecordingSink(setup: SinkSetup, currentLife: () => Life): RecordingSink {
  const draw = createDraw(setup.seed)
  const taken: string[] = []
  let poisonEvery = setup.poisonEvery
  const isPoison = ({ uid }: BatchEvent) =>
    poisonEvery > 0 && Number.parseInt(uid.slice(0, 6), 16) % poisonEvery === 0

  const take = ({ events }: Batch): Outcome[] => {
    if (setup.names === 'batch' && events.some(isPoison)) {
      return every(events.length, { kind: 'split', reason: 'one of these is bad' })
    }
    return events.map((event) => {
      if (isPoison(event)) return { kind: 'rejected', reason: 'bad event' }
      taken.push(event.uid)
      return delivered
    })
  }

  const definition = defineSink({
    type: 'recording',
    title: 'Recording',
    summary: 'Notes what it takes.',
    config: z.strictObject({}),
    formats: ['native'],
    limits: () => ({
      defaults: { maxEvents: 20, maxBytes: 1_000_000, maxAgeMs: 0, inFlight: 1, timeoutMs: 1_000 },
    }),
    create() {
      const life = currentLife()
      return {
        async write(batch, signal) {
          await setImmediate()
          const troubled = draw.below(100) < setup.trouble
          if (troubled && draw.below(4) === 0) await wander(draw, signal)
          if (life.isDead) return new Promise<never>(() => {})
          return troubled ? trouble(draw, batch, take) : take(batch)
        },
        close: async () => {},
      }
    },
  })
  return {
    definition,
    taken,
    mend() {
      poisonEvery = 0
    },
  }
}

/** Takes a while, and stops when asked to. */
async function wander(draw: Draw, signal: AbortSignal): Promise<void> {
  for (let turn = draw.below(30); turn > 0; turn--) {
    signal.throwIfAborted()
    await setImmediate()
  }
}

function trouble(draw: Draw, batch: Batch, take: (batch: Batch) => Outcome[]): Outcome[] {
  const { events } = batch
  switch (draw.below(5)) {
    case 0:
      return every(events.length, { kind: 'retry', reason: 'busy', afterMs: 0 })
    case 1:
      throw new Error('connection reset')
    case 2:
      return every(events.length, { kind: 'pause', reason: '401' })
    case 3:
      return every(events.length, { kind: events.length === 1 ? 'retry' : 'split', reason: 'too large' })
    default: {
      // Some now, the others later.
      const now = events.map(() => draw.below(2) === 0)
      const outcomes = take({ ...batch, events: events.filter((_, at) => now[at]) })
      return now.map((isNow) => (isNow && outcomes.shift()) || { kind: 'retry', reason: 'busy' })
    }
  }
}
