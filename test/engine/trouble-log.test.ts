/** The log says when a sink begins to fail and when it is over; one that flaps does not fill it. */
import { expect, it } from 'vitest'
import { createTroubleLog } from '../../src/deliver/trouble-log.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'

function open() {
  const lines: string[] = []
  const clock = { ms: 0 }
  const say =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push([level, message, fields.reason].filter((it) => it !== undefined).join(': '))
  const logger = { ...silentLogger, info: say('info'), warn: say('warn'), error: say('error') }
  return { lines, clock, ...createTroubleLog(logger, () => clock.ms) }
}

const RETRY = { kind: 'retry', reason: 'HTTP 503' } as const
const PAUSE = { kind: 'pause', reason: 'HTTP 401' } as const

it('has an entry for each change, and one for the end', () => {
  const { lines, failed, succeeded } = open()
  succeeded()
  for (const failure of [RETRY, RETRY, PAUSE, PAUSE, RETRY]) failed(failure)
  succeeded()
  succeeded()
  expect(lines).toEqual([
    'warn: sink retries: HTTP 503',
    'error: sink paused: an operator must act: HTTP 401',
    'warn: sink retries: HTTP 503',
    'info: writes succeed again',
  ])
})

it('has two entries a minute of a sink that fails each second time', () => {
  const { lines, clock, failed, succeeded } = open()
  for (; clock.ms < 120_000; clock.ms += 1_000) {
    failed(RETRY)
    succeeded()
  }
  const both = ['warn: sink retries: HTTP 503', 'info: writes succeed again']
  expect(lines).toEqual([...both, ...both])
})

it('does not end with a success while the sink fails', () => {
  const { lines, clock, failed, succeeded } = open()
  failed(RETRY)
  succeeded()
  failed(RETRY)
  expect(lines).toHaveLength(2)
  clock.ms += 60_000
  failed(RETRY)
  expect(lines.slice(2)).toEqual(['warn: sink retries: HTTP 503'])
})

it('always has a pause at once', () => {
  const { lines, failed, succeeded } = open()
  failed(PAUSE)
  succeeded()
  failed(PAUSE)
  expect(lines.at(-1)).toBe('error: sink paused: an operator must act: HTTP 401')
})
