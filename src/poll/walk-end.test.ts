import { expect, it } from 'vitest'
import { sourceConfig } from '../../test/engine/sample-config.ts'
import { freshSource } from '../spool/source-state.ts'
import { firstStartOf, lowerBound, startOf } from './walk-end.ts'

const NOW = 1_795_384_800
const NOW_CONFIG = sourceConfig({ start: { kind: 'now' } })

it('reads whole seconds of the overlap, and never what lies before the start', () => {
  const config = sourceConfig({ overlapMs: 1_500 })
  const state = { ...freshSource, start: 0, checkpoint: NOW }
  expect(startOf(state, config, NOW + 300)).toBe(NOW - 2)
  expect(startOf({ ...state, start: NOW - 1 }, config, NOW + 300)).toBe(NOW - 1)
})

it('moves a start that our clock set back by as much as that was ahead, and never forward', () => {
  const state = { ...freshSource, start: NOW }
  expect(firstStartOf(state, NOW_CONFIG, NOW + 300, -4.5)).toBe(NOW - 5)
  expect(firstStartOf(state, NOW_CONFIG, NOW + 300, 4.5)).toBe(NOW)
})

it('does not move a start that the configuration names, or that a complete walk has settled', () => {
  const named = sourceConfig({ start: { kind: 'at', second: NOW } })
  expect(firstStartOf({ ...freshSource, start: NOW }, named, NOW + 300, -60)).toBe(NOW)
  expect(firstStartOf({ ...freshSource, start: NOW, checkpoint: NOW + 1 }, NOW_CONFIG, NOW, -60)).toBe(NOW)
})

it('asks for the last known minute below the end, and for the second right before it', async () => {
  const bound = (minute: number | undefined, end: number) =>
    lowerBound({ ledgerMinuteBefore: async () => minute }, 'acme', end)
  expect(await bound(10, 3_600)).toBe(599)
  expect(await bound(undefined, 3_600)).toBe(3_599)
  expect(await bound(undefined, 0)).toBe(0)
})
