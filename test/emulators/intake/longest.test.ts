import { expect, it } from 'vitest'
import { mayHoldLonger } from './longest.ts'

const bodyOf = (elements: readonly object[]) => Buffer.from(JSON.stringify(elements))
const short = (uid: number) => ({ text: 'x'.repeat(100), uid })

it.each(['first', 'second', 'last'])('sees an element that is too long, the %s', (place) => {
  const at = ['first', 'second', 'last'].indexOf(place)
  const tooLong: readonly object[] = [
    { uid: 1, text: 'x'.repeat(12_000) },
    { text: 'x'.repeat(12_000), uid: 1 },
    // 12,000 bytes once it is printed again.
    { uid: 1, list: new Array(550).fill(1e20) },
  ]
  for (const long of tooLong) {
    const text = bodyOf(([short(1), short(2)] as object[]).toSpliced(at, 0, long))
      .toString()
      .replaceAll('100000000000000000000', '1e20')
    expect(mayHoldLonger(Buffer.from(text), '"uid":', 12_000)).toBe(true)
  }
})

it('sees none in many short ones', () => {
  expect(mayHoldLonger(bodyOf(Array.from({ length: 500 }, (_, at) => short(at))), '"uid":', 12_000)).toBe(
    false,
  )
})
