import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTicker } from './demo.ts'
import { type PulumiEmulator, type PulumiEmulatorOptions, startPulumiEmulator } from './emulator.ts'
import type { EmulatedEvent } from './event.ts'
import { inventHistory } from './invent.ts'
import type { Switches } from './switches.ts'

let emulator: PulumiEmulator
afterEach(() => emulator.stop())

const start = async (switches: Partial<Switches> = {}, more: PulumiEmulatorOptions = {}) => {
  emulator = await startPulumiEmulator({ switches, ...more })
}
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${emulator.url}/api/orgs/acme/auditlogs${path}`, {
    headers: { authorization: `token ${emulator.token}`, ...headers },
  })
const list = async (path: string) =>
  (await (await get(path)).json()) as { auditLogEvents: EmulatedEvent[]; continuationToken?: string }
const times = async (path: string) => (await list(path)).auditLogEvents.map((it) => it.timestamp)
const add = (...seconds: number[]) =>
  emulator.add(seconds.map((timestamp, at) => ({ timestamp, description: `${at}` })))

describe('bounds', () => {
  it.each([
    ['exclusive', 'inclusive', [2, 1]],
    ['inclusive', 'inclusive', [3, 2, 1]],
    ['exclusive', 'exclusive', [2]],
  ] as const)('upper %s, lower %s', async (upperBound, lowerBound, shown) => {
    await start({ upperBound, lowerBound })
    add(0, 1, 2, 3, 4)
    expect(await times('/v2?startTime=1&endTime=3')).toEqual(shown)
    expect(await times('?startTime=3')).toEqual(upperBound === 'inclusive' ? [3, 2, 1, 0] : [2, 1, 0])
  })

  it('refuses what is no time, and v1 without any', async () => {
    await start()
    expect((await get('/v2?startTime=soon')).status).toBe(400)
    expect((await get('/export')).status).toBe(400)
  })
})

describe('pages', () => {
  const walk = async (first: string) => {
    const pages: string[][] = []
    for (let path = first; pages.length < 10; ) {
      const page = await list(path)
      pages.push(page.auditLogEvents.map((it) => it.description))
      if (page.continuationToken === undefined) return pages
      path = `${first}&continuationToken=${encodeURIComponent(page.continuationToken)}`
    }
    return pages
  }

  it.each([false, true])('by position show each event once, shuffled: %s', async (shuffled) => {
    await start({ pageSize: 2, shuffled })
    add(1, 1, 1, 1, 1)
    const pages = await walk('/v2?startTime=0&endTime=9')
    expect(pages.flat().sort()).toEqual(['0', '1', '2', '3', '4'])
    expect(pages.map((it) => it.length)).toEqual([2, 2, 1])
  })

  it('by second repeat the second at the edge, or skip the rest of it', async () => {
    await start({ pageSize: 2, tokens: 'second' })
    add(1, 2, 2, 3)
    expect((await walk('/v2?startTime=0&endTime=9')).slice(0, 2)).toEqual([
      ['3', '2'],
      ['2', '1'],
    ])
    emulator.set({ secondTokens: 'skip' })
    expect(await walk('/v2?startTime=0&endTime=9')).toEqual([['3', '2'], ['0']])
  })

  it('end without a token where there are none', async () => {
    await start({ pageSize: 2, tokens: 'none' })
    add(1, 2, 3)
    expect(await walk('/v2?startTime=0&endTime=9')).toEqual([['2', '1']])
  })

  it('are no longer to be had once the token has expired', async () => {
    let now = 1_000_000
    await start({ pageSize: 1, tokenLifetimeMs: 5000 }, { now: () => now })
    add(1, 2)
    const { continuationToken } = await list('?startTime=9')
    now += 6000
    expect((await get(`?startTime=9&continuationToken=${continuationToken}`)).status).toBe(400)
  })
})

it('shuffles inside a second, and only there', async () => {
  await start({ shuffled: true })
  add(...Array.from({ length: 20 }, () => 1), 2, 0)
  const orders = new Set<string>()
  for (let time = 0; time < 5; time++) {
    const events = (await list('?startTime=9')).auditLogEvents
    expect(events.map((it) => it.timestamp)).toEqual([2, ...Array.from({ length: 20 }, () => 1), 0])
    orders.add(events.map((it) => it.description).join())
  }
  expect(orders.size).toBeGreaterThan(1)
})

it('shows late events where they belong', async () => {
  await start()
  add(1, 5)
  emulator.insertLate({ timestamp: 3 })
  expect(await times('?startTime=9')).toEqual([5, 3, 1])
})

it('filters by login, and answers 404 for one that it does not know', async () => {
  await start()
  const user = { name: 'Kim', githubLogin: 'kim', avatarUrl: '' }
  emulator.add([{ timestamp: 1 }, { timestamp: 2, user }])
  expect(await times('?startTime=9&userFilter=kim')).toEqual([2])
  expect((await get('?startTime=9&userFilter=nobody')).status).toBe(404)
})

it('guards: token, organisation, plan, v2', async () => {
  await start({ v2: false })
  expect((await get('?startTime=1', { authorization: 'token wrong' })).status).toBe(401)
  expect((await get('/../../../nowhere/auditlogs?startTime=1')).status).toBe(404)
  expect((await get('/v2?startTime=1')).status).toBe(404)
  emulator.set({ plan: false })
  expect((await get('?startTime=1')).status).toBe(400)
  expect((await get('/event-types')).status).toBe(200)
})

it('exports CSV, v1 and v2, in the chosen columns', async () => {
  await start({ columns: ['Event', 'Description', 'Timestamp', 'Region'] })
  emulator.add([
    { timestamp: 61, event: 'org-downgraded-to-free', description: 'a "b", c', extra: { Region: 'eu' } },
  ])
  const text =
    'Event,Description,Timestamp,Region\nOrganization Downgraded To Free,"a ""b"", c",1970-01-01T00:01:01Z,eu\n'
  expect(await (await get('/export?startTime=99')).text()).toBe(text)
  expect(await (await get('/v2/export?startTime=1&endTime=99')).text()).toBe(text)
})

it('fails one request of so many, each time in another way', async () => {
  await start({ failEvery: 2 })
  const whole = await (await get('/export?startTime=1')).text()
  const what = async () => {
    const answer = await get('/export?startTime=1')
    const text = await answer.text()
    if (text.startsWith('<!DOCTYPE')) return 'a page'
    return answer.status === 200 && text !== whole ? 'cut' : answer.status
  }
  const seen: unknown[] = []
  for (let request = 0; request < 10; request++) seen.push(await what().catch(() => 'reset'))
  expect(seen).toEqual([503, 200, 'reset', 200, 429, 200, 'cut', 200, 'a page', 200])
})

it('adds what fell due, and some of it late', async () => {
  await start()
  vi.useFakeTimers({ now: 1_000_000_000, toFake: ['Date'] })
  try {
    const tick = createTicker(emulator, { seed: 1, rate: 10, firstIndex: 0, lateEvery: 5 })
    vi.setSystemTime(1_000_002_000)
    tick()
  } finally {
    vi.useRealTimers()
  }
  const ages = [...emulator.events()].map(({ timestamp }) => 1_000_002 - timestamp)
  expect(ages).toHaveLength(20)
  expect(ages.filter((age) => age === 0)).toHaveLength(16)
  expect(ages.every((age) => age <= 600)).toBe(true)
})

describe('an invented past', () => {
  const past = inventHistory({ seed: 7, count: 5000, newest: 1_795_384_721, density: 3 })
  const all = Array.from({ length: past.count }, (_, at) => past.eventAt(at))

  it('tells the same story again, in order, up to its newest second', () => {
    const again = inventHistory({ seed: 7, count: 5000, newest: 1_795_384_721, density: 3 })
    expect(all[1234]).toEqual(again.eventAt(1234))
    expect(all[1234]).not.toEqual(
      inventHistory({ seed: 8, count: 5000, newest: 1_795_384_721, density: 3 }).eventAt(1234),
    )
    expect(all.every((it, at) => at === 0 || it.timestamp >= (all[at - 1]?.timestamp ?? 0))).toBe(true)
    expect(all.at(-1)?.timestamp).toBe(1_795_384_721)
    expect(1_795_384_721 - (all[0]?.timestamp ?? 0)).toBeCloseTo(5000 / 3, -2)
  })

  it('holds twins, and descriptions with commas and quotes', () => {
    const texts = all.map((it) => JSON.stringify(it))
    expect(texts.length - new Set(texts).size).toBeGreaterThan(5)
    expect(all.some((it) => it.description.includes('",'))).toBe(true)
  })

  it('is served newest first together with what was added', async () => {
    await start({}, { past })
    emulator.add([{ timestamp: all[2500]?.timestamp ?? 0, description: 'added' }])
    const shown = (await list('?startTime=9999999999')).auditLogEvents
    expect(shown).toHaveLength(5001)
    expect(shown.every((it, at) => at === 0 || it.timestamp <= (shown[at - 1]?.timestamp ?? 0))).toBe(true)
    expect(shown.filter((it) => it.description === 'added')).toHaveLength(1)
    expect(shown.length).toBe([...emulator.events()].length)
  })
})
