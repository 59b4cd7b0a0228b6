/** One probe while a sink is in trouble, and how long the wait before it is. */
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGate, type Gate, type GateOptions } from '../../src/deliver/gate.ts'

const { signal } = new AbortController()
const RETRY = { kind: 'retry', reason: 'HTTP 503' } as const
const PAUSE = { kind: 'pause', reason: 'HTTP 401' } as const

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function openGate(options: Partial<GateOptions> = {}): Gate {
  return createGate({ maxBackoffMs: 60_000, now: Date.now, random: () => 1, ...options })
}

/** Batches that want to pass; `passed` names those that did. */
function queue(gate: Gate, names: string[]) {
  const passed: string[] = []
  for (const name of names) void gate.pass(signal).then(() => passed.push(name))
  return passed
}

const elapse = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** The wait after each failed probe. */
async function waits(gate: Gate, failures: Parameters<Gate['fail']>[0][]): Promise<number[]> {
  const found: number[] = []
  for (const failure of failures) {
    gate.fail(failure)
    const wait = (gate.trouble()?.retryAt ?? 0) - Date.now()
    found.push(wait)
    await elapse(wait)
    await gate.pass(signal)
  }
  return found
}

describe('an open gate', () => {
  it('lets everything pass', async () => {
    const passed = queue(openGate(), ['a', 'b', 'c'])
    await elapse(0)
    expect(passed).toEqual(['a', 'b', 'c'])
  })
})

describe('trouble', () => {
  it('closes the gate until its back-off is over, then lets one batch probe', async () => {
    const gate = openGate()
    gate.fail(RETRY)
    const passed = queue(gate, ['a', 'b', 'c'])
    await elapse(1_999)
    expect(passed).toEqual([])
    await elapse(1)
    expect(passed).toHaveLength(1)
    await elapse(600_000)
    expect(passed).toHaveLength(1)
  })

  it('is over for all when the probe succeeds', async () => {
    const gate = openGate()
    gate.fail(RETRY)
    const passed = queue(gate, ['a', 'b', 'c'])
    await elapse(2_000)
    gate.succeed()
    await elapse(0)
    expect(passed).toHaveLength(3)
    expect(gate.trouble()).toBeUndefined()
  })

  it('waits longer when the probe fails, and lets one batch probe again', async () => {
    const gate = openGate()
    gate.fail(RETRY)
    const passed = queue(gate, ['a', 'b', 'c'])
    await elapse(2_000)
    gate.fail(RETRY)
    expect(gate.trouble()).toMatchObject({ attempts: 2, since: Date.now() - 2_000 })
    await elapse(3_999)
    expect(passed).toHaveLength(1)
    await elapse(1)
    expect(passed).toHaveLength(2)
  })

  it('counts failures of batches that were in flight together once', () => {
    const gate = openGate()
    for (let batch = 0; batch < 5; batch++) gate.fail(RETRY)
    expect(gate.trouble()).toMatchObject({ attempts: 1, retryAt: Date.now() + 2_000 })
  })

  it('is shown with its kind, reason and next attempt', () => {
    const gate = openGate()
    gate.fail(PAUSE)
    expect(gate.trouble()).toEqual({
      kind: 'pause',
      reason: 'HTTP 401',
      since: Date.now(),
      retryAt: Date.now() + 60_000,
      attempts: 1,
    })
  })
})

describe('the wait', () => {
  it('doubles up to `max_backoff`', async () => {
    const gate = openGate({ maxBackoffMs: 10_000 })
    expect(await waits(gate, [RETRY, RETRY, RETRY, RETRY, RETRY])).toEqual([
      2_000, 4_000, 8_000, 10_000, 10_000,
    ])
  })

  it('is jittered over its whole length, and never beyond', async () => {
    const draw = fc.record({
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      failures: fc.nat({ max: 40 }),
    })
    const check = fc.asyncProperty(draw, async ({ random, failures }) => {
      const gate = openGate({ random: () => random })
      const [...found] = await waits(
        gate,
        Array.from({ length: failures }, () => RETRY),
      )
      found.forEach((wait, at) => {
        expect(wait).toBe(Math.round(random * Math.min(60_000, 1_000 * 2 ** (at + 1))))
      })
    })
    await fc.assert(check, { numRuns: 50 })
  })

  it('is what Retry-After asks for, shorter or longer', async () => {
    expect(
      await waits(openGate(), [
        { ...RETRY, afterMs: 5 },
        { ...RETRY, afterMs: 3_000_000 },
      ]),
    ).toEqual([5, 3_000_000])
  })

  it('is the back-off when Retry-After asks for none: a sink in trouble is not asked in a loop', async () => {
    const now = { ...RETRY, afterMs: 0 }
    expect(await waits(openGate(), [now, now, now])).toEqual([2_000, 4_000, 8_000])
  })

  it('is the longest back-off each time when an operator must act', async () => {
    expect(await waits(openGate(), [PAUSE, PAUSE, PAUSE])).toEqual([60_000, 60_000, 60_000])
  })

  it('may be longer than a timer can hold', async () => {
    const gate = openGate()
    gate.fail({ ...RETRY, afterMs: 2 ** 32 })
    const passed = queue(gate, ['a'])
    await elapse(2 ** 31)
    expect(passed).toEqual([])
    await elapse(2 ** 31)
    expect(passed).toEqual(['a'])
  })

  it('is over in time when the clock is set back meanwhile, and shows when by the clock as it is', async () => {
    const clock = { back: 0 }
    const now = () => Date.now() - clock.back
    const gate = openGate({ now })
    gate.fail(RETRY)
    clock.back = 3_600_000
    const passed = queue(gate, ['a'])
    await elapse(0)
    expect(gate.trouble()?.retryAt).toBe(now() + 2_000)
    await elapse(2_000)
    expect(passed).toEqual(['a'])
  })

  it('leaves no listener behind when it ends', async () => {
    const gate = openGate()
    const stop = new AbortController()
    for (let round = 0; round < 5; round++) {
      gate.fail(RETRY)
      const passing = gate.pass(stop.signal)
      await elapse(60_000)
      await passing
    }
    expect(getEventListeners(stop.signal, 'abort')).toEqual([])
  })

  it('ends with the reason of an abort, and leaves no timer', async () => {
    const gate = openGate()
    gate.fail(PAUSE)
    const aborted = new AbortController()
    const passing = gate.pass(aborted.signal)
    const refused = expect(passing).rejects.toThrow('the engine stops')
    aborted.abort(new Error('the engine stops'))
    await refused
    expect(vi.getTimerCount()).toBe(0)
    await expect(openGate().pass(aborted.signal)).rejects.toThrow('the engine stops')
  })
})

describe('held', () => {
  it('lets nothing pass until it is released, and says why', async () => {
    const gate = openGate()
    gate.hold('paused by dana')
    const passed = queue(gate, ['a', 'b'])
    gate.succeed()
    await elapse(86_400_000)
    expect(passed).toEqual([])
    expect(gate.trouble()).toMatchObject({
      kind: 'pause',
      reason: 'paused by dana',
      retryAt: Number.POSITIVE_INFINITY,
    })
    gate.hold(undefined)
    await elapse(0)
    expect(passed).toEqual(['a', 'b'])
    expect(gate.trouble()).toBeUndefined()
  })

  it('tells whoever waited for it, and nobody else', async () => {
    const gate = openGate()
    expect(await gate.pass(signal)).toEqual({ wasHeld: false })
    gate.hold('paused by dana')
    const pass = gate.pass(signal)
    await elapse(1)
    gate.hold(undefined)
    expect(await pass).toEqual({ wasHeld: true })
  })

  it('remembers the trouble from before, and probes once when it is released', async () => {
    const gate = openGate()
    gate.fail({ ...RETRY, afterMs: 3_600_000 })
    gate.hold('paused by dana')
    const passed = queue(gate, ['a', 'b'])
    gate.hold(undefined)
    await elapse(0)
    expect(passed).toEqual(['a'])
    expect(gate.trouble()?.reason).toBe('HTTP 503')
  })

  it('lets go of whoever gives up', async () => {
    const gate = openGate()
    gate.hold('paused by dana')
    const giving = new AbortController()
    const pass = gate.pass(giving.signal)
    giving.abort(new Error('the lane is aborted'))
    await expect(pass).rejects.toThrow('the lane is aborted')
  })
})
