import { expect, it } from 'vitest'
import { pollWhenMended } from '../../src/engine/duties.ts'

it('polls once when the store can be used again, and not before or after', async () => {
  let trouble: string | undefined
  let turns = 0
  const turn = async () => ++turns
  const task = pollWhenMended({ trouble: () => trouble }, [{ turn }], new AbortController().signal)
  const seen = []
  for (trouble of [undefined, 'gone', 'gone', undefined, undefined]) {
    await task()
    seen.push(turns)
  }
  expect(seen).toEqual([0, 0, 0, 1, 1])
})
