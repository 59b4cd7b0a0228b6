/** What the source's requests tell about its clock. */
import { expect, it } from 'vitest'
import type { Source } from '../../src/connector.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import { createAsker } from '../../src/poll/asker.ts'
import type { Budget } from '../../src/poll/budget.ts'

const START = 1_795_384_800

it.each([
  ['ahead', START - 600, 599],
  ['ahead by less than the second that is cut off', START - 1, 0],
  ['behind', START + 600, 0],
  ['unknown', undefined, 0],
])('our clock is %s, however long the answer takes', async (_, serverTime, ahead) => {
  let clock = START * 1_000
  const source = {
    read: async () => {
      clock += 30_000
      return { serverTime }
    },
  } as unknown as Source
  const budget = { take: async () => {} } as unknown as Budget
  const asker = createAsker({ id: 'acme', source, budget, metrics: silentMetrics, now: () => clock })
  await asker.ask({ before: START, notBefore: 0 }, new AbortController().signal)
  expect(asker.ahead()).toBe(ahead)
})
