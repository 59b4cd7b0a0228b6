/**
 * What a format and a filter cost per event, on one core: processor time of the one thread that does it, so that other
 * work on the machine disturbs little. The events are those of the other scenarios, as they lie in the spool.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { compileRules } from '../src/deliver/rules.ts'
import { FORMAT_NAMES, lineFormat } from '../src/formats/formats.ts'
import { parseNative } from '../src/formats/native.ts'
import { defaultFormatOptions } from '../src/formats/options.ts'
import { openHistory } from './history.ts'
import type { Result, ScenarioOptions } from './scenarios.ts'

const EVENTS = 20_000
const WARM_UP = 3
const PASSES = 7

const FILTERS = [
  'severity >= 3',
  'category != "stacks" || severity >= 3',
  'action in ["stack-deleted", "user-login"]',
  'actor.login == "dana" && has(target.project)',
  'raw.Name == "dana"',
]

export async function measureFormats({ events, density }: ScenarioOptions): Promise<Result[]> {
  const { native } = await openHistory({ events: Math.min(events, 3 * EVENTS), density })
  const text = gunzipSync(readFileSync(native)).toString()
  const lines = text.split('\n', Math.min(events, EVENTS)).map((line) => Buffer.from(line))
  const parsed = lines.map(parseNative)
  const plain = { redact: [], formatOptions: defaultFormatOptions }
  const cost = (work: (at: number) => number) => costOf(work, lines.length)

  const rows: Result[] = []
  const row = (what: string, micros: number, whole?: number) => {
    const figures = { 'events/s': 1e6 / micros, 'µs per event': micros }
    rows.push({ what, figures: whole === undefined ? figures : { ...figures, 'µs with parsing': whole } })
  }
  row(
    'native, bytes copied',
    cost((at) => Buffer.from(lines[at] as Buffer).length),
  )
  for (const name of FORMAT_NAMES) {
    const format = lineFormat(name)
    const rules = compileRules({ ...plain, format: name, redact: name === 'native' ? [NOTHING] : [] })
    row(
      name === 'native' ? 'native, written anew' : name,
      cost((at) => Buffer.from(format.encode(parsed[at] as (typeof parsed)[0])).length),
      cost((at) => rules.apply(lines[at] as Buffer).kind.length),
    )
  }
  row(
    'parsing',
    cost((at) => parseNative(lines[at] as Buffer).timestamp),
  )
  for (const where of FILTERS) {
    const rules = compileRules({ ...plain, format: 'native', where })
    row(
      `where: ${where}`,
      cost((at) => rules.apply(lines[at] as Buffer).kind.length),
    )
  }
  return rows
}

/** Keeps a native event from passing as the bytes that it is stored as. */
const NOTHING = { field: 'raw.nothing', with: 'drop' } as const

/** Microseconds of one piece of work, the median of some passes over all of them. */
function costOf(work: (at: number) => number, count: number): number {
  let sum = 0
  const pass = () => {
    const before = process.threadCpuUsage()
    for (let at = 0; at < count; at++) sum += work(at)
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / count
  }
  for (let i = 0; i < WARM_UP; i++) pass()
  const sorted = Array.from({ length: PASSES }, pass).sort((a, b) => a - b)
  if (sum === 0) throw new Error('nothing was done')
  return sorted[PASSES >> 1] ?? Number.NaN
}
