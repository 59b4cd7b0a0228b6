import { expect, test } from 'vitest'
import { register } from '../../src/cli/status.ts'
import { renderStatus } from '../../src/cli/status-view.ts'
import { createPaint, widthOf } from '../../src/cli/terminal.ts'
import type { Status } from '../../src/ops/status.ts'
import { sampleStatus } from '../ops/sample-status.ts'
import { createHarness } from './harness.ts'

test('prints a table with the notes of each component', async () => {
  const harness = createHarness(register)
  expect(await harness.run('status')).toBe(
    [
      'auditferry 0.1.0  paused  embedded  up 1 h 46 m',
      'spool: 1\u202f200 events, 136.7 KiB of 1 GiB',
      '',
      'SOURCE  STATE   LAG  CHECKPOINT (UTC)  EVENTS  GAPS  QUAR.',
      'acme    idle   12 s  2026-11-22 21:46   4\u202f560     1      0',
      '  late events: 3',
      '  gap at 2026-11-22 20:40:00Z: one second fills a page',
      '  unknown actions: x-y (2)',
      '',
      'SINK  STATE        LAG  BACKLOG  DELIVERED  FILTERED  DEAD',
      'soc   paused  1 m 28 s    1\u202f200      3\u202f360         0     0',
      '  401 invalid authorization (code 3)',
      '  last error: HTTP 401: Invalid authorization',
      '  next try in 3 m 8 s',
      '',
    ].join('\n'),
  )
  expect(harness.closed).toBe(1)
})

test('shows no next try if no engine runs, and no error that the reason already names', () => {
  const { soc } = sampleStatus.sinks
  if (!soc) throw new Error('the sample changed')
  const reason = `no engine is running; when it ended: ${soc.lastError}`
  const now = Date.parse(soc.retryAt) - 188_000
  const notesOf = (status: Partial<Status>) => {
    const all = { ...sampleStatus, startedAt: '', sinks: { soc: { ...soc, reason } }, ...status }
    const lines = renderStatus(all, { width: 200, paint: createPaint(false), now })
    return lines.slice(lines.findIndex((line) => line.startsWith('soc ')) + 1)
  }
  expect(notesOf({})).toEqual([`  ${reason}`])
  expect(notesOf({ runtime: 'redis' })).toEqual([`  ${reason}`, '  next try in 3 m 8 s'])
})

test('says for which sinks, that no longer take from it, the spool is held', () => {
  const left = { sink: 'old', source: 'acme', events: 12, until: '2026-11-22T22:10:00.000Z' }
  const status: Status = { ...sampleStatus, spool: { ...sampleStatus.spool, heldFor: [left] } }
  expect(renderStatus(status, { width: 200, paint: createPaint(false), now: 0 })[2]).toBe(
    'held until 2026-11-22 22:10:00Z for sink old, which does not take from acme any more: 12 events',
  )
})

test('--json prints the status as it is', async () => {
  const harness = createHarness(register)
  expect(JSON.parse(await harness.run('status', '--json'))).toEqual(sampleStatus)
})

test('stays within the columns there are, whatever the names, counts and reasons', () => {
  const { acme } = sampleStatus.sources
  const { soc } = sampleStatus.sinks
  if (!acme || !soc) throw new Error('the sample changed')
  const reason = `TLS ${'certificate '.repeat(20)}${'x'.repeat(200)} 日本語 \u001b[31m`
  const wide: Status = {
    ...sampleStatus,
    state: 'catching_up',
    sources: {
      'production-organisation-of-the-holding': {
        ...acme,
        state: 'catching_up',
        reason,
        lagSeconds: 12_345_678,
        events: 123_456_789,
        walk: { purpose: 'poll', position: 1795384000, end: 1700000000 },
      },
    },
    sinks: {
      'security-operations-centre-frankfurt': {
        ...soc,
        state: 'catching_up',
        reason,
        lagSeconds: 12_345_678,
        backlogEvents: 123_456_789,
        delivered: 1_234_567_890,
      },
    },
  }
  for (const rates of [undefined, { 'security-operations-centre-frankfurt': 123_456 }]) {
    for (const width of [80, 60, 40]) {
      const view = { width, now: 0, ...(rates ? { rates } : {}) }
      const lines = renderStatus(wide, { ...view, paint: createPaint(false) })
      expect(lines.filter((line) => widthOf(line) > width)).toEqual([])
      expect(lines.join('')).not.toContain('\u001b')
      const coloured = renderStatus(wide, { ...view, paint: createPaint(true) })
      expect(coloured.filter((line) => widthOf(line) > width)).toEqual([])
      expect(coloured.join('')).toContain('\u001b[36mcatching_up\u001b[0m')
    }
  }
})
