/** A random history of a source and of an engine that reads it: plain data, so that a failure prints as a story. */
import fc from 'fast-check'
import type { Fault } from '../emulators/pulumi/faults.ts'
import type { Switches } from '../emulators/pulumi/switches.ts'

export interface Scenario {
  readonly setup: Setup
  readonly steps: readonly Step[]
}

export interface Setup {
  readonly api: 'v1' | 'v2' | 'auto'
  readonly switches: Partial<Switches>
  /** How many seconds of the past are wanted; `all` for everything. */
  readonly start: number | 'all'
  readonly overlapS: number
  readonly retrospectS: readonly number[]
  readonly sinks: readonly SinkSetup[]
}

export interface SinkSetup {
  readonly seed: number
  /** How many writes in a hundred meet some trouble. */
  readonly trouble: number
  /** One uid in this many is refused for good; 0: none. */
  readonly poisonEvery: number
  /** Whether the sink names the event that it refuses, or only says that one of the batch is bad. */
  readonly names: 'culprit' | 'batch'
  readonly maxEvents: number
  readonly inFlight: number
  readonly maxAgeMs: number
  /** Takes only the events of one login. */
  readonly filters: boolean
}

/** `age`: seconds before the moment of the step. `kind`: one of the scenario's few identities. */
interface Happening {
  readonly age: number
  readonly kind: number
  readonly copies: number
}

export type Step = OutsideStep | EngineStep

/** Steps that happen outside the engine. */
export type OutsideStep =
  | { readonly do: 'happen'; readonly events: readonly Happening[] }
  /** Many events in one second. */
  | { readonly do: 'crowd'; readonly age: number; readonly count: number }
  /** `part`: the lateness, as a fraction of what the engine promises to catch. */
  | { readonly do: 'late'; readonly part: number; readonly kind: number; readonly copies: number }
  /** A malformed row. */
  | { readonly do: 'garble'; readonly age: number }
  | { readonly do: 'wait'; readonly seconds: number }
  /** The request after this many others fails, which takes this many seconds. */
  | { readonly do: 'fail'; readonly after: number; readonly fault: Fault; readonly takes: number }
  /** Happens while that request is answered. */
  | { readonly do: 'meanwhile'; readonly after: number; readonly what: Meanwhile }
  /** From now on JSON names event types in another way. */
  | { readonly do: 'rename' }

type EngineStep =
  | { readonly do: 'poll' }
  | { readonly do: 'restart'; readonly how: 'graceful' | 'impatient' }
  /** The process dies at the store write after this many others. */
  | { readonly do: 'crash'; readonly after: number; readonly when: 'before' | 'after' }
  /** The sinks take what they refused, and dead letters are sent again. */
  | { readonly do: 'mend' }

export type Meanwhile =
  | { readonly happen: Happening }
  | { readonly wait: number }
  | { readonly expireTokens: true }

/** The identities that occur: see `scenario-events.ts`. */
const KINDS = 10

export function scenarios(): fc.Arbitrary<Scenario> {
  return fc.record({ setup: setups, steps: fc.array(steps, { minLength: 3, maxLength: 40, size: 'max' }) })
}

const pageSizes = fc.oneof(
  { weight: 2, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  { weight: 5, arbitrary: fc.integer({ min: 10, max: 50 }) },
  { weight: 2, arbitrary: fc.integer({ min: 2, max: 9 }) },
)

const switches: fc.Arbitrary<Partial<Switches>> = fc.record({
  pageSize: pageSizes,
  upperBound: fc.constantFrom('exclusive', 'inclusive'),
  lowerBound: fc.constantFrom('inclusive', 'exclusive'),
  tokens: fc.constantFrom('none', 'second', 'json', 'position'),
  secondTokens: fc.constantFrom('repeat', 'skip'),
  tokenLifetimeMs: fc.constantFrom(Number.POSITIVE_INFINITY, 30_000),
  eventNames: fc.constantFrom('slug', 'display'),
  columns: fc.constantFrom(9, 13),
  csvTime: fc.constantFrom('rfc3339', 'unix'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  byteOrderMark: fc.boolean(),
  shuffled: fc.boolean(),
  v2: fc.boolean(),
  encoding: fc.constantFrom('gzip', 'stripped', 'identity'),
  clockOffsetMs: fc.constantFrom(0, 0, -20_000, 20_000),
})

const sinks: fc.Arbitrary<SinkSetup> = fc.record({
  seed: fc.nat(),
  trouble: fc.constantFrom(0, 20, 60),
  poisonEvery: fc.constantFrom(0, 0, 5),
  names: fc.constantFrom('culprit', 'batch'),
  maxEvents: fc.integer({ min: 1, max: 20 }),
  inFlight: fc.integer({ min: 1, max: 3 }),
  maxAgeMs: fc.constantFrom(0, 3_600_000),
  filters: fc.boolean(),
})

const setups: fc.Arbitrary<Setup> = fc.record({
  api: fc.constantFrom('v1', 'v2', 'auto'),
  switches,
  start: fc.constantFrom<Setup['start'][]>('all', 0, 600),
  overlapS: fc.constantFrom(900, 120),
  retrospectS: fc.constantFrom([3_600, 21_600], [3_600], []),
  sinks: fc.array(sinks, { minLength: 1, maxLength: 2 }),
})

const kind = fc.integer({ min: 0, max: KINDS - 1 })
const copies = fc.constantFrom(1, 1, 2, 3)
const happenings: fc.Arbitrary<Happening> = fc.record({ age: fc.integer({ min: 0, max: 30 }), kind, copies })

const faults: fc.Arbitrary<Fault> = fc.constantFrom<Fault[]>(
  { status: 500 },
  { status: 429, headers: { 'retry-after': '1' } },
  { reset: true },
  { cut: true },
  { html: true },
)

const during: fc.Arbitrary<Meanwhile> = fc.oneof(
  fc.record({ happen: happenings }),
  fc.record({ wait: fc.integer({ min: 1, max: 90 }) }),
  fc.constant({ expireTokens: true } as const),
)

const constantly = <Name extends Step['do']>(name: Name) => fc.constant(name)

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: constantly('happen'),
      events: fc.array(happenings, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: constantly('crowd'),
      age: fc.integer({ min: 0, max: 30 }),
      count: fc.integer({ min: 2, max: 60 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: constantly('late'),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      kind,
      copies,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: constantly('garble'), age: fc.integer({ min: 0, max: 30 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: constantly('wait'),
      seconds: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 300, max: 9_000 })),
    }),
  },
  { weight: 10, arbitrary: fc.record({ do: constantly('poll') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: constantly('fail'),
      after: fc.nat({ max: 4 }),
      fault: faults,
      takes: fc.constantFrom(0, 0, 45),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: constantly('meanwhile'), after: fc.nat({ max: 4 }), what: during }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: constantly('restart'), how: fc.constantFrom('graceful', 'impatient') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: constantly('crash'),
      after: fc.nat({ max: 12 }),
      when: fc.constantFrom('before', 'after'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: constantly('rename') }) },
  { weight: 1, arbitrary: fc.record({ do: constantly('mend') }) },
)
