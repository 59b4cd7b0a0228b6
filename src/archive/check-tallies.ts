/** Whether the counts that charts show match the rows. Both databases use the same statements. */
import type { ArchiveFault } from './check-archive.ts'
import { DAY, DAY_FIELDS, HOUR, KEY_STEP } from './schema.ts'

const FACETS = 'organization, source, action, category, operation, outcome, severity'
const HOURS = `SELECT key / ${KEY_STEP * HOUR} AS at, ${FACETS}, COUNT(*) AS count FROM events
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`
const TALLIED_HOURS = `SELECT hour AS at, ${FACETS}, count FROM tallies`

const FAILURES =
  "COUNT(CASE WHEN outcome = (SELECT id FROM texts WHERE text = 'failure') THEN 1 END) AS failures"
const DAYS = Object.entries(DAY_FIELDS)
  .map(([name, field]) => {
    const value = name === 'all' ? '0' : name
    const known = name === 'address' || name === 'stack' ? `WHERE ${name} <> 0` : ''
    return `SELECT ${field} AS field, key / ${KEY_STEP * DAY} AS at, organization, source, ${value} AS value,
      COUNT(*) AS count, ${FAILURES} FROM events ${known} GROUP BY 1, 2, 3, 4, 5`
  })
  .join(' UNION ALL ')
const TALLIED_DAYS = 'SELECT field, day AS at, organization, source, value, count, failures FROM day_tallies'

/** Each finds the first second of an hour or day whose counts differ: counts on which both sides agree appear twice. */
export const DIFFERING_TALLIES = [
  differing(`${HOURS} UNION ALL ${TALLIED_HOURS}`, `at, ${FACETS}, count`, HOUR),
  differing(
    `${DAYS} UNION ALL ${TALLIED_DAYS}`,
    'field, at, organization, source, value, count, failures',
    DAY,
  ),
]

function differing(both: string, columns: string, unit: number): string {
  return `SELECT MIN(at) * ${unit} AS second FROM
    (SELECT at FROM (${both}) AS counted GROUP BY ${columns} HAVING COUNT(*) <> 2) AS differing`
}

export function tallyFault(second: number): ArchiveFault {
  const time = new Date(second * 1000).toISOString()
  return {
    kind: 'changed',
    message: `the counts from ${time} on, as charts show them, are not those of the events`,
  }
}
