import { Command } from 'ioredis'
import { expect, it } from 'vitest'
import {
  healthKey,
  jobsPrefix,
  keysOf,
  layoutKey,
  pausedKey,
  probeKeys,
  sourcesKey,
  trailKey,
} from './keys.ts'

const slotOf = (key: string) => new Command('get', [key]).getSlot()

it.each(['auditferry', '{one}', 'a:b'])('writes a probe into each slot that the prefix %s uses', (prefix) => {
  const sources = ['acme', 'b{e}ta', 'with blank']
  const probes = probeKeys(prefix, sources)
  const used = [sourcesKey, layoutKey, healthKey, pausedKey, trailKey].map((key) => key(prefix))
  used.push(`${jobsPrefix(prefix)}:poll:wait`, ...sources.map((source) => keysOf(prefix, source).log))
  expect(new Set(probes.map(slotOf))).toEqual(new Set(used.map(slotOf)))
  // What a permission for `prefix*` covers.
  expect(probes.filter((key) => !key.startsWith(`${prefix}:`))).toEqual([])
})
