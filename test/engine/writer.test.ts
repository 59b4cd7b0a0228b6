/** What each outcome does to a batch and to the sink's gate. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { delivered, every, type Outcome } from '../../src/outcome.ts'
import { type Answer, all } from './lane-rig.ts'
import { events, openWriter, uids } from './writer-rig.ts'

const RETRY: Outcome = { kind: 'retry', reason: 'HTTP 503' }
const PAUSE: Outcome = { kind: 'pause', reason: 'HTTP 401' }
const SPLIT: Outcome = { kind: 'split', reason: 'HTTP 413', answer: 'too large' }
const REJECTED: Outcome = { kind: 'rejected', reason: 'bad event', answer: '{"code":6}' }

describe('delivered', () => {
  it('is settled at once, and the batch is whole', async () => {
    const { sink, settled, kinds, write } = openWriter()
    sink.answers.push((batch) => {
      expect(batch).toMatchObject({ source: 'acme', organization: 'acme inc', bytes: 3 * 'event 0'.length })
      return every(3, delivered)
    })
    await write(3)
    expect(settled).toEqual([{ delivered: uids(0, 1, 2), refused: [] }])
    expect(kinds).toEqual(['delivered'])
  })
})

describe('a reason', () => {
  const reason = `\u001b]0;x\u0007 401\n\u009b31m \u202e${'y'.repeat(5_000)}`
  const told = ` ]0;x  401 31m  ${'y'.repeat(2_000 - 17)}`

  it('is one line that drives no terminal, and no longer than a person reads', async () => {
    const { sink, said, failures, refused, write } = openWriter()
    sink.answers.push(all({ kind: 'pause', reason }), all({ kind: 'rejected', reason, answer: reason }))
    await write(1)
    expect(failures).toEqual([told])
    expect(said).toEqual([`sink paused: an operator must act: ${told}`, 'writes succeed again'])
    // The answer is kept as received.
    expect(refused).toMatchObject([{ reason: told, answer: reason }])
  })
})

describe('retry', () => {
  it('is written again as it is, until it is delivered', async () => {
    const { sink, gate, settled, failures, write } = openWriter()
    sink.answers.push(all(RETRY), all(RETRY))
    await write(3)
    expect(sink.writes).toEqual([uids(0, 1, 2), uids(0, 1, 2), uids(0, 1, 2)])
    expect(settled).toEqual([{ delivered: uids(0, 1, 2), refused: [] }])
    expect(failures).toEqual(['HTTP 503', 'HTTP 503'])
    expect(gate.trouble()).toBeUndefined()
  })

  it('of some is settled for the others first, and goes alone', async () => {
    const { sink, settled, write } = openWriter()
    sink.answers.push(() => [delivered, RETRY, delivered])
    await write(3)
    expect(sink.writes[1]).toEqual(uids(1))
    expect(settled).toEqual([
      { delivered: uids(0, 2), refused: [] },
      { delivered: uids(1), refused: [] },
    ])
  })

  it.each<[string, Answer]>([
    ['a rejected promise', () => Promise.reject(new Error('connection reset'))],
    [
      'an exception',
      () => {
        throw new Error('connection reset')
      },
    ],
  ])('is what %s counts as, for the whole batch', async (_, fail) => {
    const { sink, kinds, failures, write } = openWriter()
    sink.answers.push(fail)
    await write(2)
    expect(sink.writes).toHaveLength(2)
    expect(failures).toEqual(['connection reset'])
    expect(kinds).toEqual(['retry', 'delivered'])
  })

  it('ends after `give_up_after`, with dead letters that say so', async () => {
    const { clock, sink, refused, write } = openWriter({ retry: { maxBackoffMs: 0, giveUpAfterMs: 60_000 } })
    sink.always((batch) => {
      clock.ms += 25_000
      return every(batch.events.length, RETRY)
    })
    await write(2)
    expect(sink.writes).toHaveLength(4)
    expect(refused).toEqual(
      uids(0, 1).map((uid) => ({ uid, reason: 'gave up after 75 s: HTTP 503', answer: '', attempts: 4 })),
    )
  })

  it('that the sink asks for at once is no failure, nor given up, while others of the batch go on', async () => {
    const { clock, sink, gate, settled, said, failures, write } = openWriter({
      retry: { maxBackoffMs: 0, giveUpAfterMs: 60_000 },
    })
    const troubles: unknown[] = []
    sink.always(({ events: all }) => {
      troubles.push(gate.trouble())
      clock.ms += 40_000
      return all.map((_, at) => (at === 0 ? delivered : { ...RETRY, afterMs: 0 }))
    })
    await write(4)
    expect(settled.flatMap((it) => it.delivered)).toEqual(uids(0, 1, 2, 3))
    expect(troubles).toEqual([undefined, undefined, undefined, undefined])
    expect([said, failures]).toEqual([[], []])
  })
})

describe('a sink that takes some of a batch each time', () => {
  const someOfIt: Answer = ({ events: all }) => all.map((_, at) => (at === 0 ? delivered : RETRY))

  it('has a first failure each time: its back-off does not grow', async () => {
    const { sink, gate, write } = openWriter()
    const attempts: unknown[] = []
    sink.always((batch, signal) => {
      attempts.push(gate.trouble()?.attempts)
      return someOfIt(batch, signal)
    })
    await write(4)
    expect(attempts).toEqual([undefined, 1, 1, 1])
  })

  it('has its time to give up begin anew each time', async () => {
    const { clock, sink, settled, write } = openWriter({ retry: { maxBackoffMs: 0, giveUpAfterMs: 60_000 } })
    sink.always((batch, signal) => {
      clock.ms += 40_000
      return someOfIt(batch, signal)
    })
    await write(4)
    expect(settled.flatMap((it) => it.delivered)).toEqual(uids(0, 1, 2, 3))
  })
})

describe('pause', () => {
  it('drops nothing, however long it lasts', async () => {
    const { clock, sink, gate, settled, said, write } = openWriter({
      retry: { maxBackoffMs: 0, giveUpAfterMs: 1 },
    })
    const paused: Answer = ({ events: all }) => {
      clock.ms += 86_400_000
      return every(all.length, PAUSE)
    }
    sink.answers.push(paused, paused, (batch) => {
      expect(gate.trouble()).toMatchObject({ kind: 'pause', reason: 'HTTP 401', attempts: 2 })
      return every(batch.events.length, delivered)
    })
    await write(2)
    expect(settled).toEqual([{ delivered: uids(0, 1), refused: [] }])
    expect(said).toEqual(['sink paused: an operator must act: HTTP 401', 'writes succeed again'])
  })

  it('is said once of batches in flight together, whose reasons may differ', async () => {
    const { sink, said, failures, aborted, write } = openWriter({ retry: { maxBackoffMs: 60_000 } })
    const first = Promise.withResolvers<void>()
    sink.answers.push(
      async ({ events: all }) => {
        await first.promise
        return every(all.length, { ...PAUSE, reason: 'HTTP 401: request 1' })
      },
      ({ events: all }) => every(all.length, { ...PAUSE, reason: 'HTTP 401: request 2' }),
    )
    const written = [write(1), write(2)]
    await expect.poll(() => said).toEqual(['sink paused: an operator must act: HTTP 401: request 2'])
    first.resolve()
    await expect.poll(() => failures).toHaveLength(2)
    aborted.abort()
    await Promise.allSettled(written)
    expect(said).toHaveLength(1)
  })

  it('outweighs a retry in the same answer', async () => {
    const { sink, gate, write } = openWriter()
    sink.answers.push(
      () => [RETRY, PAUSE],
      (batch) => {
        expect(gate.trouble()?.kind).toBe('pause')
        return every(batch.events.length, delivered)
      },
    )
    await write(2)
    expect(sink.writes).toHaveLength(2)
  })
})

describe('rejected', () => {
  it('becomes a dead letter with its answer; the neighbours go on at once', async () => {
    const { sink, gate, settled, refused, write } = openWriter()
    sink.answers.push(all(RETRY), () => [delivered, REJECTED, delivered])
    await write(3)
    expect(settled).toEqual([{ delivered: uids(0, 2), refused: uids(1) }])
    expect(refused).toEqual([{ uid: uids(1)[0], reason: 'bad event', answer: '{"code":6}', attempts: 2 }])
    expect(gate.trouble()).toBeUndefined()
  })
})

describe('split', () => {
  it('halves until the guilty event stands alone', async () => {
    const { sink, settled, refused, kinds, write } = openWriter()
    sink.always(({ events: all }) =>
      every(all.length, all.some(({ uid }) => uid === events[2]?.uid) ? SPLIT : delivered),
    )
    await write(4)
    expect(sink.writes).toEqual([uids(0, 1, 2, 3), uids(0, 1), uids(2, 3), uids(2), uids(3)])
    expect(settled.flatMap((it) => it.delivered)).toEqual(uids(0, 1, 3))
    expect(refused).toEqual([{ uid: uids(2)[0], reason: 'HTTP 413', answer: 'too large', attempts: 3 }])
    // Sent alone, it is refused for good and counted as refused.
    expect(kinds).toEqual(['split', 'delivered', 'split', 'rejected', 'delivered'])
  })

  it('finds one bad event of n in 2·log2(n) requests more, wherever it stands', async () => {
    const cases = fc
      .integer({ min: 1, max: 256 })
      .chain((count) => fc.record({ count: fc.constant(count), bad: fc.nat({ max: count - 1 }) }))
    const check = fc.asyncProperty(cases, async ({ count, bad }) => {
      const { sink, refused, write } = openWriter()
      const guilty = events[bad]?.uid ?? ''
      sink.always(({ events: all }) =>
        every(all.length, all.some(({ uid }) => uid === guilty) ? SPLIT : delivered),
      )
      await write(count)
      expect(sink.writes.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(count)))
      expect(refused.map(({ uid }) => uid)).toEqual([guilty])
      expect(sink.taken).toEqual(uids(...Array(count).keys()).filter((uid) => uid !== guilty))
    })
    await fc.assert(check, { numRuns: 100 })
  })

  it('is no success yet', async () => {
    const { sink, said, write } = openWriter()
    sink.answers.push(all(PAUSE), all(SPLIT), all(PAUSE))
    await write(2)
    expect(said).toEqual(['sink paused: an operator must act: HTTP 401', 'writes succeed again'])
  })

  it('goes on halving through retries', async () => {
    const { sink, refused, write } = openWriter()
    let calls = 0
    sink.always(({ events: all }) => {
      if (calls++ % 2 === 1) return every(all.length, RETRY)
      return every(all.length, all.some(({ uid }) => uid === events[0]?.uid) ? SPLIT : delivered)
    })
    await write(8)
    expect(refused.map(({ uid }) => uid)).toEqual(uids(0))
    expect(new Set(sink.taken)).toEqual(new Set(uids(1, 2, 3, 4, 5, 6, 7)))
  })
})

describe('whatever the sink answers', () => {
  const kinds = fc.constantFrom(delivered, RETRY, PAUSE, SPLIT, REJECTED)
  const scripts = fc.record({
    count: fc.integer({ min: 1, max: 20 }),
    script: fc.array(fc.array(kinds), { maxLength: 20 }),
  })

  it('each event is settled once, as the sink last said', async () => {
    const check = fc.asyncProperty(scripts, async ({ count, script }) => {
      const { sink, settled, write } = openWriter()
      for (const outcomes of script) {
        sink.answers.push(({ events: all }) => all.map((_, at) => outcomes[at] ?? delivered))
      }
      await write(count)
      const good = settled.flatMap((it) => it.delivered)
      expect([...good].sort()).toEqual([...sink.taken].sort())
      expect([...good, ...settled.flatMap((it) => it.refused)].sort()).toEqual(
        [...uids(...Array(count).keys())].sort(),
      )
    })
    await fc.assert(check, { numRuns: 200 })
  })

  it('an answer of the wrong length is tried again, in trouble too, and settles nothing', async () => {
    const { sink, settled, failures, write } = openWriter()
    sink.answers.push(all(RETRY), () => [delivered], all(RETRY))
    await write(3)
    expect(failures[1]).toBe('the sink answered with 1 outcomes for 3 events')
    expect(settled).toEqual([{ delivered: uids(0, 1, 2), refused: [] }])
  })
})

describe('an abort', () => {
  it('keeps what was delivered, and leaves the rest open without blame', async () => {
    const { sink, gate, settled, failures, aborted, write } = openWriter()
    sink.answers.push(() => {
      aborted.abort(new Error('the engine stops'))
      return [delivered, RETRY, delivered]
    })
    await expect(write(3)).rejects.toThrow('the engine stops')
    expect(settled).toEqual([{ delivered: uids(0, 2), refused: [] }])
    expect(sink.writes).toHaveLength(1)
    expect(gate.trouble()).toBeUndefined()
    expect(failures).toEqual([])
  })

  it('does not count the time in which an operator held the sink against its events', async () => {
    const { clock, sink, gate, settled, write } = openWriter({
      retry: { maxBackoffMs: 0, giveUpAfterMs: 60_000 },
    })
    sink.answers.push(() => {
      gate.hold('paused by dana')
      return every(2, RETRY)
    }, all(RETRY))
    const written = write(2)
    await expect.poll(() => sink.writes).toHaveLength(1)
    clock.ms += 3_600_000
    gate.hold(undefined)
    await written
    expect(settled).toEqual([{ delivered: uids(0, 1), refused: [] }])
  })

  it('gives nothing up', async () => {
    const { clock, sink, settled, aborted, write } = openWriter({
      retry: { maxBackoffMs: 0, giveUpAfterMs: 60_000 },
    })
    sink.answers.push(all(RETRY), (batch) => {
      clock.ms += 90_000
      aborted.abort(new Error('the engine stops'))
      return every(batch.events.length, RETRY)
    })
    await expect(write(2)).rejects.toThrow('the engine stops')
    expect(settled).toEqual([])
  })

  it('leaves the other half of a split batch open', async () => {
    const { sink, settled, aborted, write } = openWriter()
    sink.answers.push(all(SPLIT), (batch) => {
      aborted.abort(new Error('the engine stops'))
      return every(batch.events.length, delivered)
    })
    await expect(write(4)).rejects.toThrow('the engine stops')
    expect(settled).toEqual([{ delivered: uids(0, 1), refused: [] }])
  })
})
