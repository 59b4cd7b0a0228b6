/** Events of the archive over HTTP: lists, single ones, counts, files. */
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import { FORMAT_NAMES } from '../../src/formats/formats.ts'
import { eventOf, eventOfEach } from '../formats/sample-events.ts'
import { startArchiveServer } from './archive-server.ts'

const T = 1_795_384_800

interface Page {
  readonly events: readonly AuditEvent[]
  readonly next: string | null
}

describe('a list', () => {
  it('is newest first, in pages that meet inside a second', async () => {
    await using server = await startArchiveServer()
    const events = Array.from({ length: 25 }, (_, at) =>
      eventOf({ timestamp: T, description: `event ${at}` }),
    )
    server.archive.add(...events)
    const seen: string[] = []
    let page = (await server.json('/api/v1/events?limit=10')) as Page
    seen.push(...page.events.map(({ uid }) => uid))
    while (page.next !== null) {
      page = (await server.json(`/api/v1/events?limit=10&cursor=${encodeURIComponent(page.next)}`)) as Page
      seen.push(...page.events.map(({ uid }) => uid))
    }
    expect(seen).toEqual(events.map(({ uid }) => uid).reverse())
  })

  it('cuts the texts of events of megabytes, and says so; the events themselves are whole elsewhere', async () => {
    await using server = await startArchiveServer()
    const long = eventOf({ timestamp: T, description: `${'x'.repeat(999)}😀${'y'.repeat(1 << 20)}` })
    const short = eventOf({ timestamp: T + 1, description: 'z'.repeat(20_000) })
    server.archive.add(long, short)
    const { raw: _, ...shown } = long
    const cut = { ...shown, description: `${'x'.repeat(999)}…`, cut: ['description', 'raw'] }
    const { events } = (await server.json('/api/v1/events')) as Page
    expect(events).toMatchObject([short, cut])
    expect(events[1]).not.toHaveProperty('raw')
    expect(await server.json(`/api/v1/events/${long.uid}`)).toMatchObject({ event: long })
    const file = await (await server.get('/api/v1/events/download?format=ndjson')).text()
    const lines = file.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([short, long])
  })

  it('cuts an event of which the record alone is long, and texts in what it consists of', async () => {
    await using server = await startArchiveServer()
    const base = eventOf({ timestamp: T })
    const deep = { ...base, raw: { list: Array(10_000).fill('a text') } }
    const login = { ...eventOf({ timestamp: T + 1 }), actor: { ...base.actor, login: 'l'.repeat(1 << 17) } }
    server.archive.add(deep, login)
    expect(((await server.json('/api/v1/events')) as Page).events).toMatchObject([
      { actor: { ...base.actor, login: `${'l'.repeat(1_000)}…` }, cut: ['actor', 'raw'] },
      { uid: base.uid, description: base.description, cut: ['raw'] },
    ])
  })

  it('is narrowed by every filter', async () => {
    await using server = await startArchiveServer()
    const dana = eventOf({
      timestamp: T,
      event: 'stack-deleted',
      description: 'Deleted stack "web/prod"',
      stackAdmin: true,
    })
    const others = [
      eventOf({ timestamp: T + 10, login: 'bob', sourceIp: '', event: 'user-login' }),
      eventOf({
        timestamp: T - 10,
        login: 'eve',
        sourceIp: '',
        event: 'auth-failure-environment',
        authFailure: true,
      }),
    ]
    server.archive.add(dana, ...others)
    const uidsOf = async (query: string) =>
      ((await server.json(`/api/v1/events?${query}`)) as Page).events.map(({ uid }) => uid)
    for (const query of [
      `from=${T}&to=${T + 1}`,
      'login=dana',
      'action=stack-deleted',
      'category=stacks',
      'operation=delete',
      'severity=3&outcome=success',
      'project=web',
      'stack=prod',
      'address=198.51.100.7',
      'text=Deleted+prod',
      'source=main&organization=acme&login=dana',
    ]) {
      expect([query, await uidsOf(query)]).toEqual([query, [dana.uid]])
    }
    expect(await uidsOf('source=other')).toEqual([])
    expect(await uidsOf('outcome=failure')).toEqual([others[1]?.uid])
    expect(await uidsOf('archive=second')).toEqual([])
    expect(await uidsOf('archive=archive')).toHaveLength(3)
  })

  it.each([
    ['logn=dana', 400, 'logn: no such parameter; there are archive, organization, source, from, to, login'],
    ['logn=eve', 400, '(did you mean login?)'],
    ['login=a&login=b', 400, 'login: is given more than once'],
    ['limit=0', 400, 'limit: expected a whole number from 1 to 1000'],
    ['limit=1001', 400, 'limit'],
    ['limit=1e3', 400, 'limit'],
    ['limit=', 400, 'limit'],
    ['from=-1', 400, 'from'],
    ['from=2026-11-22', 400, 'from: expected a whole number'],
    ['to=999999999999999999', 400, 'to'],
    ['from=5&to=5', 400, 'from must lie before to'],
    ['severity=5', 400, 'severity'],
    ['outcome=lost', 400, 'outcome'],
    ['operation=drop', 400, 'operation'],
    ['text=%00', 400, 'text: holds a NUL'],
    ['text=LONG', 400, 'text: is longer than 1,000 characters'],
    ["cursor='%3B+DROP+TABLE", 400, 'cursor: is not one of this archive'],
    ['archive=secnd', 404, 'there are archive, second (did you mean second?)'],
    ['archive=__proto__', 404, 'archive: no archive of this id'],
    ['limit=0&from=x', 400, 'from: expected a whole number from 0 to 253402300799; limit: expected'],
  ])('refuses %s', async (query, status, message) => {
    await using server = await startArchiveServer()
    const answer = await server.get(`/api/v1/events?${query.replace('LONG', 'x'.repeat(1_001))}`)
    const { error } = (await answer.json()) as { error: string }
    expect([answer.status, error]).toEqual([status, expect.stringContaining(message)])
  })

  it('without an archive says how to configure one', async () => {
    await using server = await startArchiveServer({ ids: [] })
    for (const path of [
      '',
      '/stream',
      '/histogram',
      '/top?field=login',
      '/download',
      `/${'ab'.repeat(32)}`,
    ]) {
      const answer = await server.get(`/api/v1/events${path}`)
      const { error } = (await answer.json()) as { error: string }
      expect([path, answer.status, error]).toEqual([path, 404, expect.stringContaining('type: archive')])
    }
    expect(await server.json('/api/v1/archives')).toEqual({ archives: [] })
  })

  it('does not read a parameter of 10 MB at all', async () => {
    await using server = await startArchiveServer()
    // Node closes the connection while the rest is still being sent.
    const answer = server.get(`/api/v1/events?text=${'x'.repeat(10 << 20)}`).then(({ status }) => status)
    expect([431, 'closed']).toContain(await answer.catch(() => 'closed'))
    expect((await server.get(`/api/v1/events?text=${'x'.repeat(20_000)}`)).status).toBe(431)
    expect((await server.get('/api/v1/events')).status).toBe(200)
  })
})

describe('a single event', () => {
  it('is found by its uid, with the time of its archiving', async () => {
    await using server = await startArchiveServer()
    const event = eventOf({ timestamp: T })
    server.archive.add(event)
    expect(await server.json(`/api/v1/events/${event.uid}`)).toEqual({
      event: { ...event, time: '2026-11-22T22:00:00Z' },
      archivedAt: '2026-11-22T22:01:00.000Z',
    })
    expect((await server.get(`/api/v1/events/${'0'.repeat(64)}`)).status).toBe(404)
    expect((await server.get(`/api/v1/events/${event.uid}?archive=second`)).status).toBe(404)
    for (const uid of ['x', event.uid.toUpperCase(), '..%2f..%2fetc%2fpasswd', '%00']) {
      expect([uid, (await server.get(`/api/v1/events/${uid}`)).status]).toEqual([uid, 400])
    }
  })

  it("says why a format refuses it, in that format's place", async () => {
    await using server = await startArchiveServer()
    const event = { ...eventOf({ timestamp: T }), raw: undefined }
    server.archive.add(event)
    const { formats } = (await server.json(`/api/v1/events/${event.uid}/formats?format=raw,cef`)) as {
      formats: object[]
    }
    expect(formats).toEqual([
      { name: 'raw', text: '', error: expect.stringContaining('has no record') },
      { name: 'cef', text: expect.stringMatching(/^CEF:/) },
    ])
  })

  it('is shown in each format, with the header where there is one', async () => {
    await using server = await startArchiveServer()
    const event = eventOf({ timestamp: T })
    server.archive.add(event)
    const { formats } = (await server.json(`/api/v1/events/${event.uid}/formats`)) as {
      formats: { name: string; text: string }[]
    }
    expect(formats.map(({ name }) => name)).toEqual(FORMAT_NAMES)
    for (const { name, text } of formats)
      expect([name, text]).toEqual([name, expect.stringContaining('dana')])
    expect(formats.find(({ name }) => name === 'csv')?.text).toMatch(
      /^Timestamp,Name,.*\r\n2026-11-22T22:00:00Z,/,
    )
    const named = (query: string) => server.json(`/api/v1/events/${event.uid}/formats?format=${query}`)
    const of = (name: string) => formats.find((format) => format.name === name)
    expect(await named('ocsf')).toEqual({ formats: [of('ocsf')] })
    expect(await named('csv,native')).toEqual({ formats: [of('csv'), of('native')] })
    for (const query of ['', 'ocsf,', 'xml', 'ocsf&format=ecs']) {
      const refused = await server.get(`/api/v1/events/${event.uid}/formats?format=${query}`)
      const told = { error: expect.stringMatching(/^format: (?!0)/) }
      expect([query, refused.status, await refused.json()]).toEqual([query, 400, told])
    }
    expect((await server.get(`/api/v1/events/${event.uid}?format=ocsf`)).status).toBe(400)
  })
})

describe('counts', () => {
  it('come over the extent, or the range that was asked for, in slices of a sensible length', async () => {
    await using server = await startArchiveServer()
    const at = (timestamp: number, event: string) =>
      eventOf({ timestamp, event, description: `${timestamp}` })
    server.archive.add(at(T, 'stack-created'), at(T + 59, 'stack-deleted'), at(T + 60, 'user-login'))
    expect(await server.json('/api/v1/events/histogram')).toEqual({
      from: T,
      to: T + 61,
      slice: 60,
      slices: [
        { at: T, counts: { stacks: 2 } },
        { at: T + 60, counts: { authentication: 1 } },
      ],
    })
    expect(await server.json(`/api/v1/events/histogram?from=${T}&to=${T + 86_400}&slices=24`)).toMatchObject({
      slice: 3_600,
      slices: [{ at: T, counts: { stacks: 2, authentication: 1 } }],
    })
    expect(await server.json(`/api/v1/events/histogram?from=${T + 1}`)).toMatchObject({
      from: T + 1,
      to: T + 61,
    })
    expect(await server.json(`/api/v1/events/histogram?to=${T + 1}`)).toMatchObject({ from: T, to: T + 1 })
    expect(await server.json('/api/v1/events/histogram?login=nobody')).toMatchObject({ slices: [] })
    const empty = (await server.json('/api/v1/events/histogram?archive=second')) as {
      from: number
      to: number
    }
    expect(empty.to - empty.from).toBe(3_601)
    expect((await server.get('/api/v1/events/histogram?slices=0')).status).toBe(400)
  })

  it('name the values that occur most, and how many of them failed', async () => {
    await using server = await startArchiveServer()
    server.archive.add(
      ...[1, 2, 3].map((ordinal) => eventOf({ login: 'bob', description: `${ordinal}` })),
      eventOf({ login: 'eve', event: 'auth-failure-environment', authFailure: true }),
    )
    expect(await server.json('/api/v1/events/top?field=login&limit=2')).toEqual({
      values: [
        { value: 'bob', count: 3, failures: 0 },
        { value: 'eve', count: 1, failures: 1 },
      ],
    })
    expect((await server.get('/api/v1/events/top')).status).toBe(400)
    expect((await server.get('/api/v1/events/top?field=uid')).status).toBe(400)
  })

  it('names each archive with what it holds', async () => {
    await using server = await startArchiveServer()
    server.archive.add(eventOf({ timestamp: T }), eventOf({ timestamp: T + 9 }))
    expect(await server.json('/api/v1/archives')).toEqual({
      archives: [
        { id: 'archive', events: 2, oldest: T, newest: T + 9 },
        { id: 'second', events: 0, oldest: null, newest: null },
      ],
    })
  })
})

describe('a download', () => {
  it('is CSV with a header and guarded cells, all that match, newest first', async () => {
    await using server = await startArchiveServer()
    const events = Array.from({ length: 250 }, (_, at) => eventOf({ timestamp: T + at, name: '=1+1' }))
    server.archive.add(...events, eventOf({ login: 'bob' }))
    const answer = await server.get('/api/v1/events/download?login=dana')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="audit-log-\d{8}T\d{6}Z\.csv"$/,
    )
    const { data } = Papa.parse<Record<string, string>>(await answer.text(), {
      header: true,
      skipEmptyLines: true,
    })
    expect(data.map(({ UID }) => UID)).toEqual(events.map(({ uid }) => uid).reverse())
    expect(data[0]?.Name).toBe("'=1+1")
  })

  it('comes in every format', async () => {
    await using server = await startArchiveServer()
    server.archive.add(...eventOfEach())
    for (const format of ['ndjson', ...FORMAT_NAMES]) {
      const answer = await server.get(`/api/v1/events/download?format=${format}`)
      const lines = (await answer.text()).split(/\r?\n/)
      const header = /csv/.test(format) ? 1 : 0
      expect([format, answer.status, lines.at(-1)]).toEqual([format, 200, ''])
      expect([format, lines.length - 1 >= eventOfEach().length + header]).toEqual([format, true])
    }
    const native = await (await server.get('/api/v1/events/download?format=ndjson')).text()
    const first = JSON.parse(native.split('\n')[0] ?? '')
    expect(first.uid).toBe(eventOfEach().at(-1)?.uid)
    expect((await server.get('/api/v1/events/download?format=xlsx')).status).toBe(400)
    expect((await server.get('/api/v1/events/download?limit=5')).status).toBe(400)
  })
})
