/** What follows from the end of a poll: the state that is shown, the reason, and the wait until the next. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { SourceError } from '../../src/errors.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import type { PollLoopParts } from '../../src/poll/poll-loop.ts'
import { createPollLoop } from '../../src/poll/poll-loop.ts'
import { SpoolFull } from '../../src/spool/room.ts'
import { freshSource, type SourceState } from '../../src/spool/source-state.ts'
import type { Claim } from '../../src/spool/store.ts'

const POLL_EVERY = 60_000
const WALK = { position: 5, end: 1, checkpoint: 9, startedAt: 0 }

/** A loop whose poller does `poll`; `random` decides each back-off, here its upper end. */
function openLoop(pollEveryMs = POLL_EVERY) {
  /** `step`: how much time passes between two checks. */
  const clock = { ms: 1_000_000, step: 0 }
  const { signal } = new AbortController()
  const said: [string, string, LogFields | undefined][] = []
  const script = {
    state: { ...freshSource } as SourceState,
    poll: async (): Promise<{ resumed: boolean }> => ({ resumed: false }),
    claim: async (): Promise<Claim | undefined> => ({ continued: true, signal, release: async () => {} }),
    windows: 0,
    windowsRead: 0,
    windowMs: 0,
    spoolFull: false,
    beside: undefined as ((signal: AbortSignal) => Promise<void>) | undefined,
  }
  const poller: PollLoopParts['poller'] = {
    state: () => script.state,
    reload: async () => {},
    poll: () => script.poll(),
    async retrospect() {
      if (script.windows === 0) return false
      script.windows--
      script.windowsRead++
      clock.ms += script.windowMs
      return true
    },
  }
  const logger = {
    ...silentLogger,
    info: (message: string, fields?: LogFields) => void said.push(['info', message, fields]),
    warn: (message: string, fields?: LogFields) => void said.push(['warn', message, fields]),
    error: (message: string, fields?: LogFields) => void said.push(['error', message, fields]),
  }
  const loop = createPollLoop({
    poller,
    claim: () => script.claim(),
    pollEveryMs,
    timeoutMs: 60_000,
    logger,
    now: () => {
      clock.ms += clock.step
      return clock.ms
    },
    random: () => 1,
    isSpoolFull: () => script.spoolFull,
    beside: { isWaiting: () => script.beside !== undefined, run: async (signal) => script.beside?.(signal) },
  })
  const stop = new AbortController()
  const turn = () => loop.turn(stop.signal)
  const failWith = (error: Error) => {
    script.poll = () => Promise.reject(error)
    return turn()
  }
  return { loop, script, clock, said, stop, turn, failWith }
}

describe('a poll under way', () => {
  it('is said, and stuck after five time-outs without anything durable', async () => {
    const { loop, script, clock, turn } = openLoop()
    const seen: unknown[] = []
    const look = (ms: number) => {
      clock.ms += ms
      seen.push(loop.health())
    }
    script.poll = async () => {
      look(0)
      look(300_000)
      look(1_000)
      script.state = { ...script.state, spooled: 1 }
      look(0)
      return { resumed: false }
    }
    await turn()
    expect(seen).toEqual([
      { state: 'idle', reason: 'the first poll is under way' },
      { state: 'idle', reason: 'the first poll is under way' },
      { state: 'stuck', reason: 'the poll under way has brought nothing for 301s' },
      { state: 'idle', reason: 'not polled yet' },
    ])
    expect(loop.health()).toEqual({ state: 'ok', reason: '' })
  })

  it('is stuck in later polls too', async () => {
    const { loop, script, clock, turn } = openLoop()
    await turn()
    let during: unknown
    script.poll = async () => {
      clock.ms += 400_000
      during = loop.health()
      throw new SourceError('transient', 'no complete record came')
    }
    await turn()
    expect(during).toEqual({ state: 'stuck', reason: 'the poll under way has brought nothing for 400s' })
    expect(loop.health()).toEqual({ state: 'stuck', reason: 'no complete record came' })
  })
})

describe('a poll that succeeds', () => {
  it('says when the next is due, and nothing while one is under way', async () => {
    const { loop, script, clock, turn } = openLoop()
    expect(loop.nextPoll()).toBeUndefined()
    const wait = await turn()
    expect(loop.nextPoll()).toBe(clock.ms + wait)
    let meanwhile: number | undefined = 0
    script.poll = async () => {
      meanwhile = loop.nextPoll()
      return { resumed: false }
    }
    await turn()
    expect(meanwhile).toBeUndefined()
  })

  it('is idle when it brought nothing, ok when it brought events', async () => {
    const { loop, script, turn } = openLoop()
    expect(loop.health()).toEqual({ state: 'idle', reason: 'not polled yet' })
    await turn()
    expect(loop.health()).toEqual({ state: 'idle', reason: '' })
    script.poll = async () => {
      script.state = { ...script.state, spooled: 3 }
      return { resumed: false }
    }
    await turn()
    expect(loop.health()).toEqual({ state: 'ok', reason: '' })
  })

  it('is followed by the next when `poll_every` has passed since it began', async () => {
    const { script, clock, turn } = openLoop()
    script.poll = async () => {
      clock.ms += 20_000
      return { resumed: false }
    }
    expect(await turn()).toBe(40_000)
    script.poll = async () => {
      clock.ms += 90_000
      return { resumed: false }
    }
    expect(await turn()).toBe(0)
  })

  it('is followed by the next in time when the clock is set back meanwhile', async () => {
    const { loop, script, clock, turn } = openLoop()
    clock.ms = 7_200_000
    script.poll = async () => {
      clock.ms -= 3_600_000
      return { resumed: false }
    }
    expect(await turn()).toBe(POLL_EVERY)
    expect(loop.nextPoll()).toBe(clock.ms + POLL_EVERY)
  })

  it('reads every due window afterwards', async () => {
    const { script, turn } = openLoop()
    script.windows = 3
    await turn()
    expect(script.windowsRead).toBe(3)
  })

  it('is followed by the next in time, whatever old windows are still to be read', async () => {
    const { loop, script, turn } = openLoop()
    script.windows = 5
    script.windowMs = 25_000
    expect(await turn()).toBe(0)
    expect(script.windowsRead).toBe(3)
    expect(loop.health()).toEqual({ state: 'catching_up', reason: '' })
    expect(await turn()).toBe(10_000)
    expect(script.windowsRead).toBe(5)
    expect(loop.health()).toEqual({ state: 'idle', reason: '' })
  })

  it('is followed at once when it only ended an older walk; windows wait for the fresh one', async () => {
    const { script, turn } = openLoop()
    script.windows = 3
    script.poll = async () => ({ resumed: true })
    expect(await turn()).toBe(0)
    expect(script.windowsRead).toBe(0)
  })

  it('is catching up while a walk is on its way, unless that fails', async () => {
    const { loop, script, turn, failWith } = openLoop()
    await turn()
    script.state = { ...freshSource, walk: WALK }
    expect(loop.health()).toEqual({ state: 'catching_up', reason: '' })
    await failWith(new SourceError('transient', 'HTTP 503', { status: 503 }))
    expect(loop.health()).toEqual({ state: 'stuck', reason: 'HTTP 503' })
  })
})

describe('a poll that fails', () => {
  it.each([
    ['throttled', new SourceError('transient', 'HTTP 429', { status: 429, afterMs: 123_000 }), 123_000],
    ['throttled', new SourceError('transient', 'HTTP 429', { status: 429 }), 2_000],
    ['stuck', new SourceError('transient', 'HTTP 503', { status: 503 }), 2_000],
    ['stuck', new SourceError('transient', 'HTTP 503', { status: 503, afterMs: 7 }), 7],
    ['stuck', new SourceError('transient', 'connection reset'), 2_000],
    ['stuck', new SourceError('token_expired', 'HTTP 410'), 2_000],
    ['paused', new SourceError('configuration', 'HTTP 401', { status: 401 }), POLL_EVERY],
    ['paused', new SourceError('configuration', 'HTTP 403', { afterMs: 90_000 }), 90_000],
    ['throttled', new SpoolFull(), 1_000],
    ['stuck', new TypeError('a bug'), 2_000],
  ])('is %s after %s and waits', async (state, error, wait) => {
    const { loop, failWith } = openLoop()
    expect(await failWith(error)).toBe(wait)
    expect(loop.health()).toEqual({ state, reason: error.message })
  })

  it('is throttled while the spool is full, also in the middle of a long walk', () => {
    const { loop, script } = openLoop()
    expect(loop.health().state).toBe('idle')
    script.spoolFull = true
    expect(loop.health()).toEqual({ state: 'throttled', reason: new SpoolFull().message })
  })

  it('says whether it waits for its sinks, or they for it', async () => {
    const { loop, script, turn, failWith } = openLoop()
    await failWith(new SourceError('transient', 'HTTP 429', { status: 429 }))
    expect(loop.waitsForSinks()).toBe(false)
    await failWith(new SpoolFull('half of the spool is full'))
    expect(loop.waitsForSinks()).toBe(true)
    script.poll = async () => ({ resumed: false })
    await turn()
    expect(loop.waitsForSinks()).toBe(false)
    script.beside = () => Promise.reject(new SpoolFull('a sink has not taken what waits for it'))
    await turn()
    expect(loop.waitsForSinks()).toBe(true)
    script.spoolFull = true
    expect(loop.waitsForSinks()).toBe(true)
  })

  it('looks at a configuration error slowly, however often it polls', async () => {
    const { failWith } = openLoop(1_000)
    expect(await failWith(new SourceError('configuration', 'HTTP 401'))).toBe(10_000)
  })

  it('waits longer each time, five minutes at most, and starts anew after a success', async () => {
    const { script, turn, failWith } = openLoop()
    const waits: number[] = []
    for (let failure = 0; failure < 10; failure++) waits.push(await failWith(new Error('down')))
    expect(waits.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000])
    expect(waits.at(-1)).toBe(300_000)
    script.poll = async () => ({ resumed: false })
    await turn()
    expect(await failWith(new Error('down'))).toBe(2_000)
  })

  it('counts a window that fails like a poll that fails', async () => {
    const { loop, script, turn } = openLoop()
    script.windows = 1
    Object.defineProperty(script, 'windowsRead', {
      get: () => 0,
      set: () => {
        throw new SourceError('transient', 'HTTP 500')
      },
    })
    expect(await turn()).toBe(2_000)
    expect(loop.health()).toEqual({ state: 'stuck', reason: 'HTTP 500' })
  })

  it('is said once for each new reason, as an error only when a person is needed', async () => {
    const { script, said, turn, failWith } = openLoop()
    await failWith(new SourceError('transient', 'HTTP 503'))
    await failWith(new SourceError('transient', 'HTTP 503'))
    await failWith(new SourceError('configuration', 'HTTP 401'))
    script.poll = async () => ({ resumed: false })
    await turn()
    expect(said).toEqual([
      ['warn', 'poll failed', { reason: 'HTTP 503' }],
      ['error', 'source paused: an operator must act', { reason: 'HTTP 401' }],
      ['info', 'polls succeed again', { failures: 3 }],
    ])
  })

  it('because the engine stops is no failure', async () => {
    const { loop, said, stop, failWith } = openLoop()
    stop.abort()
    expect(await failWith(new Error('aborted'))).toBe(0)
    expect(loop.health().reason).toBe('not polled yet')
    expect(said).toEqual([])
  })
})

describe('a backfill beside the polls', () => {
  it('lasts for one turn, in which polls keep their time', async () => {
    const { script, turn, loop, clock } = openLoop(5)
    let polls = 0
    let end = () => {}
    script.poll = async () => {
      if (++polls === 4) end()
      return { resumed: false }
    }
    script.beside = () =>
      new Promise((resolve) => {
        end = resolve
      })
    const wait = turn()
    expect(await loop.turn(new AbortController().signal)).toBe(5)
    expect(await wait).toBeLessThanOrEqual(5)
    expect(polls).toBe(4)
    expect(clock.ms).toBe(1_000_000)
  })

  it('does not make Node warn of a poll that is overdue', async () => {
    const warned: Error[] = []
    const hear = (warning: Error) => void warned.push(warning)
    process.on('warning', hear)
    onTestFinished(() => void process.off('warning', hear))
    const { script, turn, clock } = openLoop(5)
    clock.step = 10
    let polls = 0
    let end = () => {}
    script.poll = async () => {
      if (++polls === 3) end()
      return { resumed: false }
    }
    script.beside = () =>
      new Promise((resolve) => {
        end = resolve
      })
    expect(await turn()).toBe(0)
    expect(warned).toEqual([])
  })

  it('that breaks off is told with its reason and taken up again soon; polls are none the worse', async () => {
    const { script, turn, loop } = openLoop()
    script.beside = () => Promise.reject(new SourceError('transient', 'HTTP 503', { status: 503 }))
    expect(await turn()).toBe(2_000)
    expect(loop.health()).toEqual({ state: 'stuck', reason: 'backfill: HTTP 503' })
    expect(await turn()).toBe(4_000)
    script.beside = async () => {}
    expect(await turn()).toBe(POLL_EVERY)
    expect(loop.health()).toEqual({ state: 'idle', reason: '' })
  })

  it('is ended with the turn', async () => {
    const { script, turn, stop } = openLoop()
    let told: AbortSignal | undefined
    script.beside = async (signal) => {
      told = signal
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      signal.throwIfAborted()
    }
    const wait = turn()
    await expect.poll(() => told).toBeDefined()
    stop.abort()
    expect(await wait).toBe(0)
    expect(told?.aborted).toBe(true)
  })
})

describe('work between polls', () => {
  it('waits for the poll that is under way, and holds up the next', async () => {
    const { loop, script, stop, turn } = openLoop()
    const order: string[] = []
    const gate = Promise.withResolvers<void>()
    script.poll = async () => {
      order.push('poll begins')
      await gate.promise
      order.push('poll ends')
      return { resumed: false }
    }
    const polling = turn()
    const work = loop.between(async () => void order.push('work'), stop.signal)
    const next = polling.then(turn)
    gate.resolve()
    await Promise.all([polling, work, next])
    expect(order).toEqual(['poll begins', 'poll ends', 'work', 'poll begins', 'poll ends'])
  })

  it('under the claim of a turn is done only if that gets it', async () => {
    const { loop, script, turn } = openLoop()
    const claiming = Promise.withResolvers<undefined>()
    script.claim = () => claiming.promise
    const polling = turn()
    let isDone = false
    const working = loop.claimed(async () => {
      isDone = true
    })
    claiming.resolve(undefined)
    await Promise.all([polling, working])
    expect(isDone).toBe(false)
  })

  it('that fails is told to who asked, and polls go on', async () => {
    const { loop, stop, turn } = openLoop()
    const failing = loop.between(() => Promise.reject(new Error('HTTP 503')), stop.signal)
    await expect(failing).rejects.toThrow('HTTP 503')
    await turn()
    expect(loop.health()).toEqual({ state: 'idle', reason: '' })
  })
})
