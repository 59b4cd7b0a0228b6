import { expect, onTestFinished, test } from 'vitest'
import { tempFolder } from '../../../test/engine/temp-folder.ts'
import type { DeadLetterQuery } from '../store.ts'
import { deadLetterPage } from './dead-letter-queries.ts'
import { openDatabase } from './open.ts'

const AFTER = { at: 1, id: 'a' }

test.each<DeadLetterQuery>([
  {},
  { after: AFTER },
  { sink: 'soc' },
  { sink: 'soc', after: AFTER },
  { state: 'queued' },
  { sink: 'soc', state: 'replay', after: AFTER },
])('a page is read in the order of an index, however many there are: %j', (query) => {
  const plan = planOf(query)
  expect(plan).toMatch(/SEARCH dead_letters USING INDEX/)
  expect(plan).not.toMatch(/SCAN|TEMP B-TREE/)
  expect(plan.includes('(at,id)>')).toBe(query.after !== undefined)
})

test.each<DeadLetterQuery>([{ ids: ['a'] }, { ids: ['a'], sink: 'soc' }, { ids: ['a'], state: 'queued' }])(
  'what is asked for by id is found by it: %j',
  (query) => expect(planOf(query)).toMatch(/USING INDEX \S+ \(id=\?\)/),
)

function planOf(query: DeadLetterQuery): string {
  const db = openDatabase(tempFolder())
  onTestFinished(() => db.close())
  const { sql, values } = deadLetterPage(query)
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[]
  return steps.map(({ detail }) => detail).join('; ')
}
