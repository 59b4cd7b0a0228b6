/** Events as they are archived, over server-sent events. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { ArchivedEvent } from '../../src/archive/archive.ts'
import { withHeartbeats } from '../../src/server/event-stream.ts'
import { eventOf } from '../formats/sample-events.ts'
import { type ArchiveServer, startArchiveServer } from './archive-server.ts'

async function follow(server: ArchiveServer, query = '') {
  const gone = new AbortController()
  const answer = await fetch(`${server.url}/api/v1/events/stream${query}`, { signal: gone.signal })
  let text = ''
  const ended = (async () => {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString()
    return 'ended'
  })().catch(() => 'broken')
  await expect.poll(() => server.archive.followers()).toBe(1)
  return { answer, text: () => text, ended, leave: () => gone.abort() }
}

it('sends what matches, as it is archived', async () => {
  await using server = await startArchiveServer()
  server.archive.add(eventOf({ description: 'before' }))
  const stream = await follow(server, '?login=dana')
  const { headers } = stream.answer
  expect(headers.get('content-type')).toBe('text/event-stream')
  expect([headers.get('content-encoding'), headers.get('cache-control')]).toEqual([null, 'no-store'])
  const first = eventOf({ description: 'with a\nline end' })
  server.archive.add(eventOf({ login: 'bob' }))
  server.archive.add(eventOf({ login: 'bob' }), first)
  await expect.poll(() => stream.text()).toMatch(/^data: .*\n\n$/)
  const { events } = JSON.parse(stream.text().slice('data: '.length))
  expect(events).toMatchObject([{ uid: first.uid, description: 'with a\nline end' }])
})

it('truncates what is megabytes long, as a list does', async () => {
  await using server = await startArchiveServer()
  const stream = await follow(server)
  server.archive.add(eventOf({ description: 'x'.repeat(1 << 20) }))
  await expect.poll(() => stream.text()).toMatch(/"cut":\["description","raw"\]\}\]\}\n\n$/)
  expect(stream.text().length).toBeLessThan(4_000)
})

it('stops following once the caller has gone', async () => {
  await using server = await startArchiveServer()
  const stream = await follow(server)
  stream.leave()
  await expect.poll(() => server.archive.followers()).toBe(0)
})

it('ends properly when the server closes', async () => {
  await using server = await startArchiveServer()
  const stream = await follow(server)
  await server.close()
  expect(await stream.ended).toBe('ended')
  expect(server.archive.followers()).toBe(0)
})

it('ends properly before the archive goes, while the server still answers', async () => {
  await using server = await startArchiveServer()
  const stream = await follow(server)
  await server.endStreams()
  expect(await stream.ended).toBe('ended')
  expect(server.archive.followers()).toBe(0)
  expect((await server.get('/healthz')).status).toBe(200)
})

it('refuses a filter that it does not know, and what only a list takes', async () => {
  await using server = await startArchiveServer()
  for (const query of ['logn=dana', 'limit=5', 'cursor=5']) {
    expect([query, (await server.get(`/api/v1/events/stream?${query}`)).status]).toEqual([query, 400])
  }
})

const EVENT = { line: Buffer.from('{"uid":"a"}') } as unknown as ArchivedEvent

it('shows that it is alive while there is nothing to send', async () => {
  async function* pieces() {
    await sleep(50)
    yield [EVENT]
    yield []
    await sleep(50)
  }
  const seen: string[] = []
  for await (const text of withHeartbeats(pieces(), 10, new AbortController().signal)) seen.push(text)
  expect(seen.filter((text) => text !== ':\n\n')).toEqual(['data: {"events":[{"uid":"a"}]}\n\n'])
  expect(seen.indexOf(':\n\n')).toBe(0)
  expect(seen.at(-1)).toBe(':\n\n')
})

it('passes on what goes wrong, but for the end of the signal', async () => {
  async function* broken(): AsyncGenerator<ArchivedEvent[]> {
    yield [EVENT]
    throw new Error('the database is gone')
  }
  const seen: string[] = []
  const read = async (until: AbortSignal, pieces: AsyncIterable<readonly ArchivedEvent[]>) => {
    for await (const text of withHeartbeats(pieces, 1_000, until)) seen.push(text)
  }
  await expect(read(new AbortController().signal, broken())).rejects.toThrow('the database is gone')
  expect(seen).toHaveLength(1)
  const until = new AbortController()
  async function* endless(): AsyncGenerator<ArchivedEvent[]> {
    await new Promise(() => {})
  }
  const reading = read(until.signal, endless())
  until.abort()
  await reading
})
