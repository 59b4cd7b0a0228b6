import { expect, it } from 'vitest'
import type { Status } from '../../ops/status.ts'
import { addLook, type Look, ratesOf } from './rates.ts'

it('tells events a second over the last minute', () => {
  const looks = [look(0, 100), look(30_000, 200), look(65_000, 900)].reduce<Look[]>(addLook, [])
  expect(looks.map(({ at }) => at)).toEqual([30_000, 65_000])
  expect(ratesOf(looks)).toEqual({ 'source:acme': 20, 'sink:soc': 20 })
})

it('tells none from one look, of a component that is new, and of a count that fell', () => {
  expect(ratesOf([look(0, 100)])).toEqual({})
  expect(ratesOf([])).toEqual({})
  const { status } = look(1_000, 50)
  const other = {
    at: 1_000,
    status: { ...status, sources: { new: status.sources.acme } } as unknown as Status,
  }
  expect(ratesOf([look(0, 100), other])).toEqual({})
})

it('keeps one look of each moment', () => {
  expect(addLook([look(5, 1)], look(5, 2))).toEqual([look(5, 2)])
})

function look(at: number, events: number): Look {
  const sinks = { soc: { delivered: events - 2, filtered: 1, deadLettered: 1 } }
  return { at, status: { sources: { acme: { events } }, sinks } as unknown as Status }
}
