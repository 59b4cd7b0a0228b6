import { expect, it, test } from 'vitest'
import { OperationError, UnknownIdError } from '../../src/errors.ts'
import { type AuditEvent, eventUid, type Identity } from '../../src/event.ts'
import { importRoutes } from '../../src/server/imports.ts'
import { identitiesOfEvent } from '../../src/verify/recompute.ts'
import { eventOfEach } from '../formats/sample-events.ts'
import { createFakeEngine } from './fake-engine.ts'
import { requestOf } from './route-request.ts'

const [first, second] = eventOfEach()

function open() {
  const engine = createFakeEngine()
  const [route] = importRoutes(engine)
  const post = async (body: unknown, id = 'archive') => route?.handle(requestOf({ params: { id }, body }))
  return { engine, route, post }
}

it('passes events to the archive and says what became of them', async () => {
  const { engine, route, post } = open()
  expect(route?.access).toBe('operator')
  expect(await post({ events: [first, second] })).toMatchObject({
    status: 200,
    body: '{"added":2,"known":0,"filtered":0,"refused":[]}\n',
  })
  expect(engine.imported).toMatchObject([first, second])
})

test('takes lines, too, and names the one that is none', async () => {
  const { engine, post } = open()
  const lines = [first, second].map((event) => `${JSON.stringify(event)}\n`)
  expect(await post(Buffer.from(lines.join('')))).toMatchObject({ status: 200 })
  expect(engine.imported).toMatchObject([first, second])
  await expect(post(Buffer.from(`${lines[0]}no json\n`))).rejects.toMatchObject({
    ...{ status: 400, message: 'line 2: is not JSON' },
  })
  expect(engine.imported).toHaveLength(2)
})

it('refuses what is not an event before it reaches the engine', async () => {
  const { engine, post } = open()
  await expect(post({ events: [first, { ...second, severity: 'high' }] })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('events: 1: is not a native event: severity'),
  })
  await expect(post({ events: first })).rejects.toMatchObject({ status: 400 })
  await expect(post({ events: [], sink: 'soc' })).rejects.toMatchObject({ status: 400 })
  expect(engine.imported).toEqual([])
})

it('says which sink keeps no archive, and why an archive takes nothing', async () => {
  const { engine, post } = open()
  await expect(post({ events: [] }, 'soc')).rejects.toMatchObject({ status: 409 })
  engine.importEvents = async () => {
    throw new UnknownIdError('no sink archve; there is archive')
  }
  await expect(post({ events: [] }, 'archve')).rejects.toMatchObject({ status: 404 })
  engine.importEvents = async () => {
    throw new OperationError('the disk is full')
  }
  await expect(post({ events: [] })).rejects.toMatchObject({ status: 422, message: 'the disk is full' })
})

it('refuses an event whose uid does not follow from its fields, takes the others, and all that were redacted', async () => {
  const { engine, route } = open()
  const forged = { ...second, description: 'nothing happened' }
  const lines = Buffer.from([first, forged].map((event) => `${JSON.stringify(event)}\n`).join(''))
  for (const body of [{ events: [first, forged] }, lines]) {
    engine.imported.length = 0
    const ask = { params: { id: 'archive' }, body }
    const answer = await route?.handle(requestOf(ask))
    expect(JSON.parse(String(answer?.body))).toMatchObject({
      ...{ added: 1, refused: [{ uid: second?.uid, reason: expect.stringContaining('redacted=true') }] },
    })
    expect(engine.imported).toMatchObject([first])
    const redacted = await route?.handle(requestOf({ ...ask, query: new URLSearchParams('redacted=true') }))
    expect(JSON.parse(String(redacted?.body))).toMatchObject({ added: 2, refused: [] })
  }
})

it('reckons with fewer twins of a megabyte, which are not hashed thousands of times to refuse one', async () => {
  const { post } = open()
  const twin = (description: string, ordinal: number) => {
    const event = { ...(first as AuditEvent), description }
    return { ...event, uid: eventUid(identitiesOfEvent(event)[0] as Identity, ordinal) }
  }
  const large = 'x'.repeat(900_000)
  const events = [twin('x', 100), twin(large, 3), twin(large, 100)]
  const answer = await post({ events })
  expect(JSON.parse(String(answer?.body))).toMatchObject({ added: 2, refused: [{ uid: events[2]?.uid }] })
})
