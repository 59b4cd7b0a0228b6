/** The checkpoint moves last: when it moves, how far, and what every failure leaves behind. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { SourceConfig } from '../../src/config/config.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { waitFor } from './lane-rig.ts'
import { NOW, openPollRig } from './poll-rig.ts'
import { answer } from './reader-script.ts'

const V2 = { pageSize: Number.POSITIVE_INFINITY, inclusive: false, tokens: true, lower: true }
const PAGES_OF_10 = { pageSize: 10, inclusive: false, tokens: false }

async function* backwards<T>(chunks: AsyncIterable<readonly T[]>): AsyncGenerator<T[]> {
  yield (await Array.fromAsync(chunks)).flat().reverse()
}

describe('the checkpoint', () => {
  it.each([
    ['our clock when the server is ahead', 30, NOW],
    ["the server's clock when it is behind", -30, NOW - 30],
    ['our clock when the server does not say', undefined, NOW],
  ])('becomes %s', async (_, serverOffset, expected) => {
    const rig = await openPollRig()
    rig.world.serverOffset = serverOffset
    rig.happen('a', 10)
    await rig.poll()
    expect(rig.poller().state().checkpoint).toBe(expected)
    expect((await rig.store.loadSource('acme'))?.checkpoint).toBe(expected)
  })

  it('is that of the first request, however long the walk takes', async () => {
    const rig = await openPollRig({}, PAGES_OF_10)
    for (let age = 100; age < 150; age++) rig.happen(`${age}`, age)
    const { read } = rig.log
    rig.log.read = (request, serverTime) => {
      rig.world.clock += 60
      return read(request, serverTime)
    }
    await rig.poll()
    expect(rig.asked.length).toBeGreaterThan(3)
    expect(rig.poller().state().checkpoint).toBe(NOW)
  })

  it('moves on when nothing happens', async () => {
    const rig = await openPollRig()
    await rig.poll()
    rig.world.clock += 300
    await rig.poll()
    expect(rig.poller().state()).toMatchObject({ checkpoint: NOW + 300, lastSuccess: (NOW + 300) * 1000 })
  })

  it('never moves back', async () => {
    const rig = await openPollRig()
    await rig.poll()
    rig.world.clock -= 1_000
    await rig.poll()
    expect(rig.poller().state().checkpoint).toBe(NOW)
  })

  it('does not move while answers are oldest first, and what they show is spooled', async () => {
    const rig = await openPollRig()
    const { read } = rig.log
    rig.log.read = (request, serverTime) => {
      const shown = read(request, serverTime)
      return { ...shown, records: backwards(shown.records) }
    }
    rig.happen('a', 20)
    rig.happen('b', 10)
    await expect(rig.poll()).rejects.toThrow('not newest first')
    rig.world.clock += 300
    rig.happen('c', 5)
    await expect(rig.poll()).rejects.toThrow('not newest first')
    expect((await rig.spooled()).sort()).toEqual(['a', 'b', 'c'])
    expect(rig.poller().state().checkpoint).toBeUndefined()
  })

  it('does not move while all answers are the same, and what happens meanwhile is spooled', async () => {
    const rig = await openPollRig()
    const { read } = rig.log
    rig.log.read = (request, serverTime) => read({ ...request, before: rig.world.clock + 1 }, serverTime)
    for (let age = 20; age < 32; age++) rig.happen(`${age}`, age)
    for (let poll = 0; poll < 4; poll++) {
      await expect(rig.poll()).rejects.toThrow('look for a proxy')
      rig.world.clock += 300
      rig.happen(`new ${poll}`, 5)
    }
    expect((await rig.spooled()).length).toBeGreaterThan(13)
    expect(new Set(await rig.spooled()).size).toBe((await rig.spooled()).length)
    expect(rig.poller().state().checkpoint).toBeUndefined()
  })

  it('does not move when a poll fails at once', async () => {
    const rig = await openPollRig()
    await rig.poll()
    rig.world.clock += 300
    rig.log.failAfter = 0
    await expect(rig.poll()).rejects.toThrow('HTTP 503')
    expect(await rig.store.loadSource('acme')).toMatchObject({
      checkpoint: NOW,
      lastPoll: (NOW + 300) * 1000,
      lastSuccess: NOW * 1000,
    })
  })

  it('does not move when an answer cannot be trusted', async () => {
    const rig = await openPollRig()
    rig.happen('a', 10)
    await rig.poll()
    rig.world.clock += 300
    rig.log.records.length = 0
    await expect(rig.poll()).rejects.toThrow("can't be trusted")
    expect(rig.poller().state().checkpoint).toBe(NOW)
  })

  it('does not move when the spool refuses the last page', async () => {
    const rig = await openPollRig()
    await rig.poll()
    await rig.store.append({
      source: 'acme',
      state: rig.poller().state(),
      entry: { base: 0, count: 1, blob: Buffer.from('x') },
      ledger: [],
      quarantined: [],
    })
    rig.world.clock += 300
    rig.happen('a', 10)
    await expect(rig.poll()).rejects.toThrow('append at offset 0')
    expect(rig.poller().state().checkpoint).toBe(NOW)
    expect((await rig.store.loadSource('acme'))?.checkpoint).toBe(NOW)
  })
})

describe('a long walk', () => {
  it('tells how far it is; polls that are over in a moment say nothing', async () => {
    const told = vi.spyOn(silentLogger, 'info')
    onTestFinished(() => told.mockRestore())
    const rig = await openPollRig({}, PAGES_OF_10)
    for (const poll of [1, 2, 3]) {
      for (let age = 10; age < 40; age++) rig.happen(`${poll}: ${age}`, age)
      await rig.poll()
      rig.world.clock += 300
    }
    expect(told).not.toHaveBeenCalledWith('long walk', expect.anything())

    for (let age = 10; age < 40; age++) rig.happen(`long: ${age}`, age)
    const { read } = rig.log
    rig.log.read = (request, serverTime) => {
      rig.world.clock += 11
      return read(request, serverTime)
    }
    await rig.poll()
    expect(told).toHaveBeenCalledWith('long walk', expect.anything())
  })

  it('is durable page by page, and taken up where it was', async () => {
    const rig = await openPollRig({}, PAGES_OF_10)
    await rig.poll()
    rig.world.clock += 600
    for (let age = 100; age < 150; age++) rig.happen(`${age}`, age)
    rig.log.failAfter = 2
    await expect(rig.poll()).rejects.toThrow('HTTP 503')

    const stored = await rig.store.loadSource('acme')
    expect(stored?.checkpoint).toBe(NOW)
    expect(stored?.walk).toMatchObject({ end: NOW - 900, checkpoint: NOW + 600 })
    const spooled = await rig.spooled()
    expect(spooled.length).toBeGreaterThan(5)
    expect(spooled.length).toBeLessThan(50)

    await rig.restart()
    rig.world.clock += 60
    rig.happen('meanwhile', 10)
    rig.asked.length = 0
    expect(await rig.poll()).toEqual({ resumed: true })
    expect(rig.asked[0]?.before).toBe(stored?.walk?.position)
    expect(rig.poller().state()).toMatchObject({ checkpoint: NOW + 600, spooled: 50 })
    expect(rig.poller().state().walk).toBeUndefined()

    expect(await rig.poll()).toEqual({ resumed: false })
    expect(rig.poller().state()).toMatchObject({ checkpoint: NOW + 660, spooled: 51 })
    expect(new Set(await rig.spooled()).size).toBe(51)
  })

  it('reads the next page while one is stored, and no further; one that is not stored ends it', async () => {
    const rig = await openPollRig({ start: { kind: 'ago', ms: 3_600_000 } }, PAGES_OF_10)
    for (let age = 1; age <= 60; age++) rig.happen(`${age}`, 10 * age)
    const disk = Promise.withResolvers<void>()
    const append = vi.spyOn(rig.store, 'append')
    append.mockImplementationOnce(() => disk.promise.then(() => ({ quarantined: 0 })))
    const poll = rig.poll()
    await waitFor(() => rig.asked.length === 2 && append.mock.calls.length === 1)
    await sleep(100)
    expect(rig.asked).toHaveLength(2)
    expect(append).toHaveBeenCalledTimes(1)
    disk.reject(new Error('the disk is gone'))
    await expect(poll).rejects.toThrow('the disk is gone')
    expect(rig.asked).toHaveLength(2)

    await rig.poll()
    expect(new Set(await rig.spooled()).size).toBe(60)
  })

  it('that is shown nothing where more was shown before does not end there, however often it is asked', async () => {
    const rig = await openPollRig({ start: { kind: 'ago', ms: 3_600_000 } }, PAGES_OF_10)
    for (let age = 1; age <= 30; age++) rig.happen(`${age}`, 60 * age)
    const { read } = rig.log
    let asked = 0
    rig.log.read = (request, serverTime) => (asked++ === 0 ? read(request, serverTime) : answer([]))
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(rig.poll()).rejects.toThrow(/it shows nothing, although second \d+ was shown before/)
      expect(rig.poller().state().checkpoint).toBeUndefined()
    }
    rig.log.read = read
    while ((await rig.poll()).resumed);
    expect(await rig.spooled()).toHaveLength(30)
  })

  it('ends where a source lets go of what it has shown, an hour later', async () => {
    const rig = await openPollRig({ start: { kind: 'ago', ms: 3_600_000 } }, PAGES_OF_10)
    for (let age = 1; age <= 30; age++) rig.happen(`${age}`, 60 * age)
    rig.log.failAfter = 1
    await expect(rig.poll()).rejects.toThrow('HTTP 503')
    rig.log.records.length = 0
    await expect(rig.poll()).rejects.toThrow(/although second \d+ was shown before/)
    rig.world.clock += 3_600
    expect(await rig.poll()).toEqual({ resumed: true })
    expect(await rig.spooled()).toHaveLength(9)
  })

  it('that is broken off again and again comes to its end', async () => {
    const rig = await openPollRig({}, PAGES_OF_10)
    for (let age = 100; age < 300; age++) rig.happen(`${age}`, age)
    let failures = 0
    for (; rig.poller().state().checkpoint === undefined; failures++) {
      rig.log.failAfter = 3
      await rig.poll().catch(() => undefined)
    }
    expect(failures).toBeGreaterThan(3)
    expect(new Set(await rig.spooled())).toEqual(
      new Set(Array.from({ length: 200 }, (_, at) => `${at + 100}`)),
    )
    expect((await rig.store.bounds('acme')).end).toBe(200)
  })
})

describe('start', () => {
  it.each([
    [{ kind: 'now' } as const, [0]],
    [{ kind: 'ago', ms: 60_000 } as const, [60, 0]],
    [{ kind: 'at', second: NOW - 61 } as const, [61, 60, 0]],
    [{ kind: 'beginning' } as const, [100_000, 61, 60, 0]],
  ])('%j is inclusive, and nothing earlier is taken', async (start, expected) => {
    const rig = await openPollRig({ start })
    for (const age of [0, 60, 61, 100_000]) rig.happen(`${age}`, age)
    await rig.poll()
    expect((await rig.spooled()).sort()).toEqual(expected.map(String).sort())
  })

  it('is fixed at the first attempt: a source that fails does not push it on', async () => {
    const rig = await openPollRig({ start: { kind: 'now' } })
    rig.log.failAfter = 0
    await expect(rig.poll()).rejects.toThrow()
    await rig.restart()
    rig.world.clock += 7_200
    rig.happen('between', 3_600)
    await rig.poll()
    expect(rig.poller().state().start).toBe(NOW)
    expect(await rig.spooled()).toEqual(['between'])
  })

  it('stays where it was when the configuration changes later', async () => {
    const rig = await openPollRig({ start: { kind: 'now' } })
    rig.happen('old', 500)
    await rig.poll()
    await rig.restart({ start: { kind: 'beginning' } })
    await rig.poll()
    expect(await rig.spooled()).toEqual([])
  })

  it('is as long ago as the server counts when our clock is ahead, also where a lower bound hid the answer', async () => {
    const rig = await openPollRig({ start: { kind: 'ago', ms: 24 * 3_600_000 } }, V2)
    rig.world.serverOffset = -48 * 3_600
    rig.happen('unwanted', 73 * 3_600)
    rig.happen('wanted', 70 * 3_600)
    await rig.poll()
    expect(await rig.spooled()).toEqual(['wanted'])
  })

  it.each<[string, SourceConfig['start'], string[]]>([
    ['now', { kind: 'now' }, ['new']],
    ['a while ago', { kind: 'ago', ms: 3_600_000 }, ['wanted', 'new']],
    ['a time', { kind: 'at', second: NOW - 11 * 3_600 }, ['wanted', 'new']],
  ])(
    '%s lies no later because our clock was ahead when the first poll failed',
    async (_, start, expected) => {
      for (const isMended of [false, true]) {
        const rig = await openPollRig({ start }, V2)
        rig.world.serverOffset = -10 * 3_600
        rig.log.failAfter = 0
        rig.happen('unwanted', 12 * 3_600)
        rig.happen('wanted', 10 * 3_600 + 60)
        await expect(rig.poll()).rejects.toThrow('HTTP 503')
        if (isMended) {
          rig.world.clock -= 10 * 3_600
          rig.world.serverOffset = 0
        }
        await rig.restart()
        rig.world.clock += 10
        rig.happen('new', -(rig.world.serverOffset ?? 0))
        await rig.poll()
        expect((await rig.spooled()).sort()).toEqual(expected.sort())
      }
    },
  )
})

describe('a later poll', () => {
  it('finds what came late within the overlap, and counts it', async () => {
    const rig = await openPollRig({ overlapMs: 900_000 })
    rig.happen('a', 700)
    await rig.poll()
    rig.world.clock += 300
    rig.happen('late', 1_100)
    rig.happen('too late', 1_300)
    rig.happen('new', 10)
    await rig.poll()
    expect(await rig.spooled()).toEqual(['a', 'late', 'new'])
    expect(rig.poller().state()).toMatchObject({ spooled: 3, late: 1, newest: NOW + 290 })
  })

  it('tells twins in one second from an event that it knows', async () => {
    const rig = await openPollRig()
    rig.happen('twin', 10)
    await rig.poll()
    rig.happen('twin', 10)
    await rig.poll()
    await rig.poll()
    expect(await rig.spooled()).toEqual(['twin', 'twin'])
  })

  it.each([
    ['older events than the overlap are known', 3_000, 300],
    ['all events are newer than the overlap, for a while', 10, 60],
  ])('costs one request when nothing is new and %s', async (_, age, later) => {
    const rig = await openPollRig()
    rig.happen('a', age)
    await rig.poll()
    rig.world.clock += later
    rig.asked.length = 0
    await rig.poll()
    expect(rig.asked).toHaveLength(1)
  })

  it('asks in the variant that was chosen, also after a restart', async () => {
    const rig = await openPollRig()
    await rig.poll()
    await rig.restart()
    await rig.poll()
    expect([rig.asked[0]?.variant, rig.asked.at(-1)?.variant]).toEqual([undefined, 'v1'])
  })

  it('is followed by the next at once when the server turns out to be far ahead', async () => {
    const rig = await openPollRig()
    rig.world.serverOffset = 3_600
    rig.happen('an hour ahead', -3_599)
    expect(await rig.poll()).toEqual({ resumed: true })
    expect(await rig.poll()).toEqual({ resumed: false })
    expect(await rig.spooled()).toEqual(['an hour ahead'])
  })

  it('asks for nothing upside down, and misses nothing, when our clock was set back by hours', async () => {
    const rig = await openPollRig()
    rig.happen('a', 10)
    await rig.poll()
    rig.world.clock -= 5 * 3_600
    rig.world.serverOffset = 5 * 3_600
    rig.happen('b', -5 * 3_600)
    while ((await rig.poll()).resumed);
    expect(rig.asked.filter(({ before, notBefore }) => before <= notBefore)).toEqual([])
    expect(await rig.spooled()).toEqual(['a', 'b'])
    expect(rig.poller().state().checkpoint).toBe(NOW)
  })

  it('is not followed at once time and again by a server whose clock leaps', async () => {
    const rig = await openPollRig()
    const resumed: boolean[] = []
    for (let leap = 1; leap <= 4; leap++) {
      rig.world.serverOffset = leap * 3_600
      resumed.push((await rig.poll()).resumed)
    }
    expect(resumed).toEqual([true, false, true, false])
  })

  it("covers the server's future when its clock is ahead", async () => {
    const rig = await openPollRig()
    rig.world.serverOffset = 500
    await rig.poll()
    rig.happen('ahead', -499)
    await rig.poll()
    expect(await rig.spooled()).toEqual(['ahead'])
  })
})
