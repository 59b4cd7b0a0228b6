/** `npm run bench [-- SCENARIO … | sinks TYPE …] [--events N] [--runs N] [--density N] [--full] [--state redis] [--json]`: see README.md here. */
import { parseArgs } from 'node:util'
import { type Result, scenarios } from './scenarios.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '1' },
    density: { type: 'string', default: '5' },
    full: { type: 'boolean', default: false },
    state: { type: 'string', default: 'embedded' },
    json: { type: 'boolean', default: false },
  },
})

const [first, ...types] = positionals
const options = {
  sinks: first === 'sinks' ? types : [],
  events: Number(values.events),
  density: Number(values.density),
  full: values.full,
  state: values.state,
}
// Redis replaces the store, and nothing else.
const usual = values.state === 'redis' ? ['store'] : [...scenarios.keys()]
const wanted = first === undefined ? usual : first === 'sinks' ? [first] : positionals
const unknown = wanted.filter((name) => !scenarios.has(name))
if (unknown.length > 0) {
  process.stderr.write(
    `no such scenario: ${unknown.join(', ')}; there are ${[...scenarios.keys()].join(', ')}\n`,
  )
  process.exit(2)
}

for (const name of wanted) {
  const runs: Result[][] = []
  for (let run = 0; run < Number(values.runs); run++) runs.push((await scenarios.get(name)?.(options)) ?? [])
  const results = median(runs)
  process.stdout.write(
    values.json ? `${JSON.stringify({ scenario: name, results })}\n` : table(name, results),
  )
}

/** Row by row, each figure on its own. */
function median(runs: readonly Result[][]): Result[] {
  return (runs[0] ?? []).map(({ what, figures }, row) => {
    const middles = Object.keys(figures).map((name) => {
      const sorted = runs.map((run) => run[row]?.figures[name] ?? Number.NaN).sort((a, b) => a - b)
      return [name, sorted[Math.floor(sorted.length / 2)] ?? Number.NaN] as const
    })
    return { what, figures: Object.fromEntries(middles) }
  })
}

function table(name: string, results: readonly Result[]): string {
  const width = Math.max(34, ...results.map(({ what }) => what.length))
  const lines = results.map(({ what, figures }) => {
    const cells = Object.entries(figures).map(([figure, value]) => `${format(value)} ${figure}`)
    return `  ${what.padEnd(width)} ${cells.join('   ')}\n`
  })
  return `${name}\n${lines.join('')}`
}

function format(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toFixed(1)
}
