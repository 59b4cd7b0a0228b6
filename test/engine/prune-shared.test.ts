/** If several processes share a state, none may forget what another still needs for reading. */
import { expect, it } from 'vitest'
import type { Components, EngineParts } from '../../src/engine/components.ts'
import { createUpkeep } from '../../src/engine/upkeep.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { freshSource, type SourceState } from '../../src/spool/source-state.ts'
import { minute } from '../conformance/store-samples.ts'
import { openPollRig } from './poll-rig.ts'
import { sourceConfig } from './sample-config.ts'

it('leaves the ledger alone while another process walks a backfill', async () => {
  const rig = await openPollRig()
  const checkpoint = 1_795_392_000
  const month = Math.floor(checkpoint / 60) - 30 * 1_440
  const before: SourceState = { ...freshSource, checkpoint }
  const [from, to] = [month * 60, checkpoint]
  const parts = [{ from, to, position: to }]
  const counts = { polled: 0, spooled: 0, gaps: 0, unreadable: 0, unclear: 0 }
  const backfill = { from, to, parallel: 1, parts, ...counts, startedAt: checkpoint * 1_000 }
  const store = async (state: SourceState) =>
    rig.store.append({ source: 'acme', state, ledger: [], quarantined: [] })
  const ledger = [minute(month, 1, 1n, 'aa'.repeat(8))]
  await rig.store.append({ source: 'acme', state: { ...before, backfill }, ledger, quarantined: [] })

  // As this process opened the source, which another process polls now.
  const sources = [{ config: sourceConfig(), poller: { state: () => before } }]
  const engine = { store: rig.store, logger: silentLogger } as unknown as EngineParts
  const { prune } = createUpkeep(engine, { pipeline: rig.pipeline(), sources } as unknown as Components)
  const keepsUids = async () => (await rig.store.ledger('acme', month, month))[0]?.uids !== undefined
  await prune()
  expect(await keepsUids()).toBe(true)
  await store({ ...before, backfill: { ...backfill, endedAt: checkpoint * 1_000 } })
  await prune()
  expect(await keepsUids()).toBe(false)
})
