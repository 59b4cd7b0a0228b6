/** What upkeep does beside polls and lanes, and what it says about it. */
import { expect, it } from 'vitest'
import type { Components, EngineParts } from '../../src/engine/components.ts'
import { createUpkeep } from '../../src/engine/upkeep.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { openPollRig } from './poll-rig.ts'

it('says once that the spool cannot be trimmed, and only if that lasts longer than a fail-over', async () => {
  const { store } = await openPollRig()
  const said: string[] = []
  const logger = { ...silentLogger, warn: (text: string) => void said.push(text) }
  const failing = async () => Promise.reject(new Error('the connection to Redis was lost'))
  let trim: () => Promise<unknown> = failing
  const config = { sources: {}, sinks: {} }
  const engine = { config, store, logger } as unknown as EngineParts
  const pipeline = { trim: () => trim() }
  const upkeep = createUpkeep(engine, { pipeline, sources: [] } as unknown as Components)
  const trimmed = async (times: number) => {
    for (let at = 0; at < times; at++) await upkeep.trim()
    return said.length
  }
  expect(await trimmed(9)).toBe(0)
  trim = async () => new Map()
  await trimmed(1)
  trim = failing
  expect(await trimmed(9)).toBe(0)
  expect(await trimmed(1)).toBe(1)
  expect(await trimmed(99)).toBe(1)
})
