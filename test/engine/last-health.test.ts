/** What an engine leaves behind about its troubles, for those who ask while none is running. */
import { expect, it } from 'vitest'
import { forgetHealth, lastHealth, leaveHealth } from '../../src/engine/last-health.ts'
import { sampleStatus } from '../ops/sample-status.ts'
import { openStore } from './lane-rig.ts'

const { soc } = sampleStatus.sinks

it('leaves what is in trouble, with the time of the next try, and nothing of what is well', async () => {
  const store = openStore()
  await leaveHealth(store, sampleStatus)
  const retryAt = Date.parse('2026-11-22T21:50:00.000Z')
  expect(await lastHealth(store)).toEqual({ 'sink soc': { state: 'paused', reason: soc?.reason, retryAt } })
})

it('leaves nothing of what an operator has paused: that is stored by itself, and may end meanwhile', async () => {
  const store = openStore()
  const sinks = soc === undefined ? {} : { soc: { ...soc, pausedByOperator: true } }
  await leaveHealth(store, { ...sampleStatus, sinks })
  expect(await lastHealth(store)).toEqual({})
})

it('knows nothing any more once another engine has begun', async () => {
  const store = openStore()
  await leaveHealth(store, sampleStatus)
  await forgetHealth(store)
  expect(await lastHealth(store)).toEqual({})
})
