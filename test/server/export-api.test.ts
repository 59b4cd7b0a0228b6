/** The export API of Pulumi Cloud over an archive: parameters, order, shapes, errors. */
import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { entryOf } from '../../src/server/export-entry.ts'
import { eventOf, eventOfEach } from '../formats/sample-events.ts'
import { type ArchiveServer, startArchiveServer } from './archive-server.ts'

const T = 1_795_384_800
const LOG = '/api/orgs/acme/auditlogs'

interface Entry {
  readonly timestamp: number
  readonly description: string
  readonly user: { readonly githubLogin: string }
}
interface List {
  readonly auditLogEvents: readonly Entry[]
  readonly continuationToken?: string
}

async function startServer() {
  const server = await startArchiveServer()
  server.archive.add(
    eventOf({ timestamp: T - 60, description: 'first', login: 'bob' }),
    eventOf({ timestamp: T, description: 'second' }),
    eventOf({ timestamp: T, description: 'third', event: 'user-login' }),
    eventOf({ timestamp: T + 60, description: 'fourth' }),
  )
  return server
}

async function described(server: ArchiveServer, path: string): Promise<string[]> {
  const { auditLogEvents } = (await server.json(path)) as List
  return auditLogEvents.map(({ description }) => description)
}

describe('ranges and filters', () => {
  it.each([
    ['v1 shows what lies before startTime', `?startTime=${T}`, ['first']],
    ['newest first', `?startTime=${T + 1}`, ['third', 'second', 'first']],
    [
      'v1 has no lower bound and no endTime',
      `?startTime=${T + 61}&endTime=${T}`,
      ['fourth', 'third', 'second', 'first'],
    ],
    ['one user', `?startTime=${T + 61}&userFilter=bob`, ['first']],
    ['v1 ignores eventFilter', `?startTime=${T}&eventFilter=user-login`, ['first']],
    ['what it does not know is ignored', `?startTime=${T}&pageSize=1&user=dana`, ['first']],
    ['before 1970 there is nothing', '?startTime=-9', []],
    ['v2 shows what lies from startTime on', `/v2?startTime=${T}`, ['fourth', 'third', 'second']],
    ['and before endTime', `/v2?startTime=${T}&endTime=${T + 60}`, ['third', 'second']],
    ['v2 needs neither', '/v2', ['fourth', 'third', 'second', 'first']],
    ['an event id', '/v2?eventFilter=user-login', ['third']],
    ['both filters', '/v2?eventFilter=user-login&userFilter=bob', []],
    ['an empty range', `/v2?startTime=${T}&endTime=${T}`, []],
    ['int64', '/v2?startTime=0&endTime=9223372036854775807', ['fourth', 'third', 'second', 'first']],
  ])('%s', async (_, query, expected) => {
    await using server = await startServer()
    expect(await described(server, LOG + query)).toEqual(expected)
    const path = query.startsWith('/v2') ? query.replace('/v2', '/v2/export') : `/export${query}`
    const { data } = Papa.parse<{ Description: string }>(await (await server.get(LOG + path)).text(), {
      header: true,
      skipEmptyLines: true,
    })
    expect(data.map(({ Description }) => Description)).toEqual(expected)
  })

  it.each(['', '/v2'])(
    'pages of %s neither lose nor repeat an event of a second that they cut',
    async (version) => {
      await using server = await startArchiveServer()
      const events = Array.from({ length: 2_500 }, (_, at) =>
        eventOf({ timestamp: T + Math.floor(at / 900), description: `event ${at}` }),
      )
      server.archive.add(...events)
      const seen: string[] = []
      let tokens = 0
      let path = `${LOG}${version}?${version === '' ? `startTime=${T + 99}` : `startTime=${T}`}`
      for (;;) {
        const { auditLogEvents, continuationToken } = (await server.json(path)) as List
        seen.push(...auditLogEvents.map(({ description }) => description))
        if (continuationToken === undefined) break
        tokens++
        path = `${LOG}${version}?continuationToken=${encodeURIComponent(continuationToken)}`
      }
      expect(tokens).toBe(2)
      expect(seen).toEqual(events.map(({ description }) => description).reverse())
    },
  )

  it('an export goes on from a token, too', async () => {
    await using server = await startArchiveServer()
    const events = Array.from({ length: 2_500 }, (_, at) =>
      eventOf({ timestamp: T, description: `event ${at}` }),
    )
    server.archive.add(...events)
    const { continuationToken } = (await server.json(`${LOG}?startTime=${T + 1}`)) as List
    const answer = await server.get(`${LOG}/export?continuationToken=${continuationToken}`)
    const rows = (await answer.text()).trimEnd().split('\n')
    expect(rows).toHaveLength(1_501)
    expect(rows[1]).toContain('event 1499')
  })
})

describe('shapes', () => {
  it('an entry has what the original shows, and leaves out what it leaves out', async () => {
    await using server = await startArchiveServer()
    const plain = eventOf({ timestamp: T, description: 'plain', avatarUrl: '', sourceIp: '' })
    const full = eventOf({
      timestamp: T + 1,
      event: 'Stack Deleted',
      description: 'full',
      avatarUrl: 'https://avatars.example/dana',
      email: 'dana@example.com',
      tokenId: 't-1',
      tokenName: 'ci',
      actorName: 'agent',
      actorUrn: 'urn:pulumi:agent:7',
      orgAdmin: true,
      stackAdmin: true,
      authFailure: true,
    })
    server.archive.add(plain, full)
    expect(await server.json(`${LOG}/v2`)).toEqual({
      auditLogEvents: [
        {
          timestamp: T + 1,
          sourceIP: '198.51.100.7',
          event: 'stack-deleted',
          description: 'full',
          user: {
            name: 'Dana Okafor',
            githubLogin: 'dana',
            avatarUrl: 'https://avatars.example/dana',
            email: 'dana@example.com',
          },
          tokenID: 't-1',
          tokenName: 'ci',
          reqOrgAdmin: true,
          reqStackAdmin: true,
          authFailure: true,
          actorName: 'agent',
          actorUrn: 'urn:pulumi:agent:7',
        },
        {
          timestamp: T,
          sourceIP: '',
          event: plain.action,
          description: 'plain',
          user: { name: 'Dana Okafor', githubLogin: 'dana', avatarUrl: '' },
        },
      ],
    })
  })

  it('an entry is the record that the source was given', () => {
    for (const event of eventOfEach()) {
      expect(entryOf(event)).toEqual({ ...(event.raw as object), event: event.action })
    }
  })

  it('CSV has the thirteen columns of the live export, without a formula guard', async () => {
    await using server = await startArchiveServer()
    server.archive.add(eventOf({ timestamp: T, description: '=say "hi"', tokenId: 't-1', tokenName: 'ci' }))
    const answer = await server.get(`${LOG}/export?startTime=${T + 1}`)
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await answer.text()).toBe(
      'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure,' +
        'TokenID,TokenName,ActorName,ActorUrn\n' +
        '2026-11-22T22:00:00Z,Dana Okafor,dana,Stack Created,"=say ""hi""",198.51.100.7,false,false,false,t-1,ci,,\n',
    )
  })

  it('CEF is that of the original', async () => {
    await using server = await startServer()
    const answer = await server.get(`${LOG}/v2/export?format=cef&startTime=${T}&endTime=${T + 1}`)
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect((await answer.text()).split('\n')).toEqual([
      expect.stringMatching(
        /^Nov 22 22:00:00 api\.pulumi\.com CEF:0\|Pulumi\|Pulumi Service\|1\.0\|User Login\|third\|0\|/,
      ),
      expect.stringContaining('|Stack Created|second|0|'),
      '',
    ])
  })

  it.each([
    ['an export', `/export?startTime=${T}`, /^Timestamp,/],
    ['a list', `/v2?startTime=${T}`, /^\{"auditLogEvents"/],
  ])('of %s is gzip for whoever takes it, and text for a plain curl', async (_, path, begins) => {
    await using server = await startServer()
    server.archive.add(
      ...Array.from({ length: 50 }, (_, at) => eventOf({ timestamp: T + at, description: `more ${at}` })),
    )
    const body = async (headers: Record<string, string>, method = 'GET') => {
      // Not fetch, which would decompress it.
      const { promise, resolve } = Promise.withResolvers<[string | undefined, Buffer, string | undefined]>()
      request(`${server.url}${LOG}${path}`, { headers, method }, async (answer) => {
        const { 'content-encoding': encoding, vary } = answer.headers
        resolve([encoding, Buffer.concat(await answer.toArray()), vary])
      }).end()
      return promise
    }
    const [encoding, zipped, vary] = await body({ 'accept-encoding': 'deflate, gzip, br, zstd' })
    const [none, plain] = await body({})
    expect([encoding, none, vary]).toEqual(['gzip', undefined, 'accept-encoding'])
    expect(gunzipSync(zipped)).toEqual(plain)
    expect(`${plain}`).toMatch(begins)
    expect(await body({ 'accept-encoding': 'gzip' }, 'HEAD')).toEqual(['gzip', Buffer.alloc(0), vary])
  })
})

describe('refusals', () => {
  it.each([
    ['', 400, 'either continuationToken or startTime is required'],
    ['/export', 400, 'either continuationToken or startTime is required'],
    ['/export?startTime=', 400, 'either continuationToken or startTime is required'],
    ['?startTime=yesterday', 400, 'invalid query params: startTime is Unix seconds'],
    ['/v2?endTime=1.5', 400, 'invalid query params: endTime is Unix seconds'],
    ['/v2?continuationToken=x', 400, 'invalid continuation token'],
    ['/v2/export?continuationToken=x', 400, 'invalid continuation token'],
    ['/v2?userFilter=%00', 400, 'invalid query params: userFilter holds a NUL'],
    ['/v2?format=csv', 400, 'invalid query params: format of a list is json'],
    ['/v2/export?format=xml', 400, 'invalid query params: format is csv or cef'],
    ['/v2?userFilter=nobody', 404, 'user not found'],
    [`/export?startTime=${T}&userFilter=nobody`, 404, 'user not found'],
    ['/v3', 404, 'there is no /api/orgs/acme/auditlogs/v3; / names what there is'],
  ])('%s', async (query, code, message) => {
    await using server = await startServer()
    const answer = await server.get(LOG + query)
    expect([answer.status, await answer.json()]).toEqual([code, { code, message }])
  })

  it('an organisation is known when a source reads it or the archive has its events', async () => {
    await using server = await startArchiveServer()
    expect(await server.json(`${LOG}/v2`)).toEqual({ auditLogEvents: [] })
    const answer = await server.get('/api/orgs/old-acme/auditlogs/v2')
    const message = "Not Found: Organization 'old-acme' not found"
    expect([answer.status, await answer.json()]).toEqual([404, { code: 404, message }])
    server.archive.add({ ...eventOf({}), organization: 'old-acme' })
    expect((await server.get('/api/orgs/old-acme/auditlogs/v2')).status).toBe(200)
    expect(await server.json(`${LOG}/v2`)).toEqual({ auditLogEvents: [] })
  })

  it('without an archive says how to configure one', async () => {
    await using server = await startArchiveServer({ ids: [] })
    const answer = await server.get(`${LOG}/v2`)
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { code: 404, message: expect.stringContaining('type: archive') },
    ])
  })

  it('without the token it answers as the original does, and with it as `token` and as `Bearer`', async () => {
    await using server = await startArchiveServer({ token: 's3cret' })
    const path = `${LOG}/export?startTime=${T}`
    for (const authorization of [undefined, 'token wrong', 'token', 'Bearer wrong']) {
      const answer = await server.get(path, authorization === undefined ? {} : { authorization })
      expect([answer.status, await answer.json()]).toEqual([401, { code: 401, message: expect.any(String) }])
    }
    for (const authorization of ['token s3cret', 'Bearer s3cret']) {
      expect((await server.get(path, { authorization })).status).toBe(200)
    }
  })
})
