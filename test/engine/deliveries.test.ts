/** What can be concluded about one event at a sink, and what can not. */
import { expect, it, onTestFinished } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { letterId } from '../../src/deliver/dead-letters.ts'
import { deliveriesOf } from '../../src/rule-tests/deliveries.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { freshCursor, freshSource } from '../../src/spool/store.ts'
import { auditEvents } from '../conformance/batches.ts'
import { append, deadLetter, entry, minute, settlement, sinkMinute } from '../conformance/store-samples.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { tempFolder } from './temp-folder.ts'

const [event] = auditEvents(1).map((it) => ({ ...it, source: 'acme' }))
const at = Math.floor((event?.timestamp ?? 0) / 60)

/** Two events of the minute are spooled; the sink has settled so many of them. */
async function deliveriesAt(settled: number, sink: Partial<SinkConfig> = {}, next = 2) {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  const state = { ...freshSource, held: [{ end: 2, oldest: at * 60 }] }
  await store.append(append({ state, entry: entry(0, 2), ledger: [minute(at, 2, 1n)] }))
  const when = { first: Date.UTC(2026, 10, 22, 22, 1), last: Date.UTC(2026, 10, 22, 22, 2) }
  const ledger = settled === 0 ? [] : [sinkMinute({ minute: at, delivered: settled, settled: when })]
  await store.settle([settlement({ state: { cursors: { acme: freshCursor(next) } }, ledger })])
  const config = wholeConfig(folder, [sourceConfig()], [sinkConfig(sink)])
  const states = async () =>
    (await deliveriesOf(config, store, event as never)).map(({ sink: _, ...it }) => it)
  return { store, states }
}

it('knows an event as settled once all of its minute is', async () => {
  expect(await (await deliveriesAt(2)).states()).toMatchObject([
    {
      state: 'delivered',
      rule: null,
      notBefore: '2026-11-22T22:01:00.000Z',
      notAfter: '2026-11-22T22:02:00.000Z',
    },
  ])
  expect(await (await deliveriesAt(2, { where: 'false' })).states()).toMatchObject([
    { state: 'filtered', rule: 'where' },
  ])
  expect(await (await deliveriesAt(2, { dedupeWindowMs: 1000 })).states()).toMatchObject([
    { state: 'unknown' },
  ])
})

it('says that it waits only where none of the minute went out and something does wait', async () => {
  expect(await (await deliveriesAt(0, {}, 0)).states()).toMatchObject([{ state: 'waiting' }])
  expect(await (await deliveriesAt(0)).states()).toMatchObject([{ state: 'unknown' }])
  expect(await (await deliveriesAt(1, {}, 1)).states()).toMatchObject([{ state: 'unknown' }])
})

it('names a dead letter with its reason, and a sink that does not take the source', async () => {
  const { store, states } = await deliveriesAt(2)
  const letter = deadLetter(letterId('soc', event?.uid ?? ''), { uid: event?.uid ?? '', reason: 'HTTP 422' })
  await store.settle([settlement({ state: { cursors: { acme: freshCursor(2) } }, deadLettered: [letter] })])
  expect(await states()).toMatchObject([{ state: 'dead_lettered', reason: 'HTTP 422' }])
  expect(await (await deliveriesAt(2, { sources: ['lab'] })).states()).toMatchObject([{ state: 'not_taken' }])
})
