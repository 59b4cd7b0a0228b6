/** The progress of a long walk: one line that fits a terminal, plain lines elsewhere. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createProgress } from '../../src/cli/progress.ts'

const REACHED = Date.UTC(2026, 10, 22, 10) / 1_000

function open(changes: { isTTY?: boolean; columns?: number }) {
  let clock = 0
  let printed = ''
  const out = Object.assign(new PassThrough(), changes) as unknown as NodeJS.WriteStream
  out.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  const progress = createProgress('events', out, () => clock)
  return {
    progress,
    printed: () => printed,
    at(ms: number, count: number, share: number) {
      clock = ms
      progress.add(count, REACHED, share)
    },
  }
}

it('rewrites one line on a terminal: events, rate, position in time and remaining time', () => {
  const { progress, at, printed } = open({ isTTY: true, columns: 80 })
  at(0, 0, 0)
  at(50, 10, 0)
  at(1_000, 990, 0.1)
  at(2_000, 1_000, 0.2)
  expect(printed().split('\r\x1b[K')).toEqual([
    '',
    '1,000 events, 1,000/s, back to 2026-11-22T10:00:00Z, 10 %, 9 s left',
    '2,000 events, 1,000/s, back to 2026-11-22T10:00:00Z, 20 %, 8 s left',
  ])
  progress.end()
  expect(printed().endsWith('\r\x1b[K')).toBe(true)
})

it('reports a long walk at once, in place of the line', () => {
  const { progress, at, printed } = open({ isTTY: true, columns: 80 })
  at(0, 0, 0)
  at(1_000, 10, 0.1)
  progress.waits('too short to be told', 9_999)
  progress.waits('HTTP 429', 300_000)
  expect(printed().endsWith('s left\r\x1b[Kauditferry: HTTP 429; goes on in 5 m\n')).toBe(true)
})

it.each([80, 40])('never wraps on a terminal of %i columns', (columns) => {
  const { at, printed } = open({ isTTY: true, columns })
  at(0, 0, 0)
  at(3_600_000 * 30, 123_456_789_012, 0.31)
  const [, line = ''] = printed().split('\r\x1b[K')
  expect(line).toMatch(/^123,456,789,012 events/)
  expect(line.length).toBeLessThan(columns)
})

it('writes a plain line every ten seconds elsewhere', () => {
  const { progress, at, printed } = open({})
  at(0, 0, 0)
  at(9_000, 100, 0.1)
  at(10_000, 100, 0.2)
  at(15_000, 100, 0.3)
  progress.end()
  expect(printed()).toBe('200 events, 20/s, back to 2026-11-22T10:00:00Z, 20 %, 40 s left\n')
})
