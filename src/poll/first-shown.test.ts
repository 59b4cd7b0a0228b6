import { expect, it } from 'vitest'
import { answer, recordOf } from '../../test/engine/reader-script.ts'
import { firstShown } from './first-shown.ts'

it('follows empty answers to the first record, and keeps the time of the first', async () => {
  const pages = [
    answer([], { token: 'p1', serverTime: 1_000 }),
    answer([], { token: 'p2', serverTime: 1_001 }),
    answer([recordOf('9a')], { token: 'p3', serverTime: 1_002 }),
  ]
  const asked: (string | undefined)[] = []
  const ask = firstShown(async ({ token }) => {
    asked.push(token)
    return pages[asked.length - 1] ?? answer([])
  })
  const shown = await ask({ before: 10, notBefore: 0 })
  expect(await Array.fromAsync(shown.records)).toEqual([[recordOf('9a')]])
  // None of them contains what happened since.
  expect(shown.serverTime).toBe(1_000)
  expect([shown.token(), asked]).toEqual(['p3', [undefined, 'p1', 'p2']])
})
