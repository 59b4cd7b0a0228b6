/** Honest status: a lag is never hidden, and the worst component speaks for all. */
import { describe, expect, it } from 'vitest'
import { sinkStatus, sourceStatus, spoolStatus, worstState } from '../../src/ops/assess.ts'
import { freshCursor, type LaneState } from '../../src/spool/lane-state.ts'
import { freshSource, type SourceState } from '../../src/spool/source-state.ts'
import type { LogBounds } from '../../src/spool/store.ts'
import { sinkConfig, sourceConfig } from './sample-config.ts'

const NOW = 1_795_384_800
const TIME = '2026-11-22T22:00:00.000Z'
const ok = { state: 'ok', reason: '' } as const

describe('a source', () => {
  const statusOf = (state: Partial<SourceState>) =>
    sourceStatus(
      { config: sourceConfig(), state: { ...freshSource, ...state }, quarantined: 2, health: ok },
      NOW * 1_000,
    )

  it('lags behind by its checkpoint, or by its start before it has one', () => {
    expect(statusOf({ checkpoint: NOW - 70, start: 5 }).lagSeconds).toBe(70)
    expect(statusOf({ start: NOW - 3_600 }).lagSeconds).toBe(3_600)
    expect(statusOf({})).toMatchObject({
      lagSeconds: 0,
      checkpoint: null,
      lastPoll: '',
      lastSuccess: '',
      api: '',
    })
    expect(statusOf({ checkpoint: NOW + 5 }).lagSeconds).toBe(0)
  })

  it('lags behind by its own clock where ours is known to be ahead', () => {
    const facts = { config: sourceConfig(), quarantined: 0, health: ok, ahead: 600 }
    const lagOf = (state: Partial<SourceState>) =>
      sourceStatus({ ...facts, state: { ...freshSource, ...state } }, NOW * 1_000).lagSeconds
    expect([lagOf({ checkpoint: NOW - 670 }), lagOf({ checkpoint: NOW - 500 })]).toEqual([70, 0])
    // The time of a poll is by our clock.
    expect(lagOf({ lastPoll: (NOW - 90) * 1000 })).toBe(90)
  })

  it('lags behind by its first poll while that is under way', () => {
    expect(statusOf({ lastPoll: (NOW - 90) * 1000 }).lagSeconds).toBe(90)
    expect(statusOf({ lastPoll: NOW * 1000, start: NOW - 5 }).lagSeconds).toBe(5)
  })

  it('names the next poll only while it lies ahead and nobody has paused the source', () => {
    const nextPoll = (nextPoll: number, pausedByOperator = false) =>
      sourceStatus(
        {
          ...{ config: sourceConfig(), state: freshSource, quarantined: 0, health: ok },
          ...{ nextPoll, pausedByOperator },
        },
        NOW * 1_000 - 1,
      ).nextPoll
    expect([nextPoll(NOW * 1_000), nextPoll(NOW * 1_000 - 1), nextPoll(NOW * 1_000, true)]).toEqual([
      ...[TIME, '', ''],
    ])
  })

  it('shows what was counted and when', () => {
    const walk = { position: 9, end: 3, checkpoint: 10, startedAt: 1 }
    const gaps = [{ second: 5, reason: 'crowded' }]
    const state = {
      walk,
      gaps,
      variant: 'v2',
      spooled: 7,
      late: 1,
      requests: 4,
      lastPoll: NOW * 1_000,
      lastSuccess: 0,
    }
    expect(statusOf(state)).toMatchObject({
      type: 'journal',
      state: 'ok',
      api: 'v2',
      events: 7,
      late: 1,
      requests: 4,
      quarantined: 2,
      gaps,
      lastPoll: TIME,
      lastSuccess: '1970-01-01T00:00:00.000Z',
      walk: { purpose: 'poll', position: 9, end: 3 },
    })
  })
})

describe('a sink', () => {
  const LOG: LogBounds = { start: 100, end: 200, bytes: 5_000 }

  function statusOf(cursors: LaneState['cursors'], more: Partial<Parameters<typeof sinkStatus>[0]> = {}) {
    const logs = new Map([['acme', LOG]])
    const facts = { config: sinkConfig(), state: { cursors }, logs, trouble: undefined, oldest: NOW - 42 }
    return sinkStatus({ ...facts, ...more }, NOW * 1_000)
  }

  it('is idle without a backlog, whatever it did before', () => {
    expect(
      statusOf({ acme: { ...freshCursor(200), delivered: 9, filtered: 8, deadLettered: 7 } }),
    ).toMatchObject({
      state: 'idle',
      lagSeconds: 0,
      backlogEvents: 0,
      backlogBytes: 0,
      delivered: 9,
      filtered: 8,
      deadLettered: 7,
      replayed: 0,
    })
  })

  it('is not idle while dead letters or a replay wait to be sent', () => {
    const done = { acme: freshCursor(200) }
    expect(statusOf(done, { again: 3 })).toMatchObject({
      ...{ state: 'ok', reason: '3 events wait to be sent again', backlogEvents: 0 },
    })
    expect(statusOf(done, { again: 1 }).reason).toBe('1 event waits to be sent again')
    const trouble = { state: 'paused', reason: '401' } as const
    expect(statusOf(done, { again: 3, trouble })).toMatchObject(trouble)
    expect(statusOf({ acme: freshCursor(150) }, { again: 3 })).toMatchObject({ state: 'catching_up' })
  })

  it('counts what waits in the log and what is under way, with its share of the bytes', () => {
    const open = [
      {
        ranges: [
          [150, 155],
          [157, 160],
        ] as const,
      },
      { ranges: [[170, 172]] as const },
    ]
    expect(statusOf({ acme: { ...freshCursor(180), open } })).toMatchObject({
      state: 'ok',
      lagSeconds: 42,
      backlogEvents: 30,
      backlogBytes: 1_500,
    })
  })

  it('catches up when more than a few batches wait', () => {
    expect(statusOf({ acme: freshCursor(160) }).state).toBe('ok')
    expect(statusOf({ acme: freshCursor(159) }).state).toBe('catching_up')
  })

  it('waits for no more than the log holds', () => {
    expect(statusOf({ acme: freshCursor(0) }).backlogEvents).toBe(100)
    expect(statusOf({ acme: freshCursor(0) }, { logs: new Map() }).backlogEvents).toBe(0)
    const logs = new Map([['acme', { start: 200, end: 200, bytes: 0 }]])
    expect(statusOf({ acme: freshCursor(200) }, { logs }).backlogBytes).toBe(0)
  })

  it('counts a source that it no longer takes from, but does not wait for it', () => {
    const status = statusOf(
      { acme: freshCursor(200), old: { ...freshCursor(3), delivered: 5 } },
      {
        logs: new Map([
          ['acme', LOG],
          ['old', LOG],
        ]),
      },
    )
    expect(status).toMatchObject({ delivered: 5, backlogEvents: 0 })
  })

  it('in trouble says which, and when it is tried again', () => {
    const trouble = { state: 'paused', reason: 'HTTP 401', retryAt: NOW * 1_000 } as const
    expect(statusOf({ acme: freshCursor(200) }, { trouble })).toMatchObject({
      state: 'paused',
      reason: 'HTTP 401',
      retryAt: TIME,
    })
  })

  it('tells when it last delivered and what last went wrong', () => {
    const state = { cursors: {}, lastDelivery: NOW * 1_000, lastError: 'HTTP 503' }
    expect(statusOf({}, { state })).toMatchObject({ lastDelivery: TIME, lastError: 'HTTP 503', retryAt: '' })
    expect(statusOf({})).toMatchObject({ lastDelivery: '', lastError: '' })
  })
})

describe('the whole', () => {
  it.each([
    [[], 'idle'],
    [['idle', 'ok', 'idle'], 'ok'],
    [['ok', 'catching_up'], 'catching_up'],
    [['catching_up', 'throttled'], 'throttled'],
    [['throttled', 'paused'], 'paused'],
    [['stuck', 'paused', 'ok'], 'stuck'],
  ] as const)('of %j is %s', (states, worst) => {
    expect(worstState(states.map((state) => ({ state })))).toBe(worst)
  })

  it('sums up the logs', () => {
    const logs = new Map([
      ['a', { start: 5, end: 9, bytes: 70 }],
      ['b', { start: 0, end: 1, bytes: 30 }],
    ])
    expect(spoolStatus(logs, 1_000)).toEqual({ events: 5, bytes: 100, limitBytes: 1_000 })
  })
})
