/** A replay from an archive in PostgreSQL of events that neither the spool nor the source has any more. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createPostgresArchive } from '../../src/archive/postgres/archive.ts'
import { Secret } from '../../src/lib/secret.ts'
import { deliveredWorld } from '../engine/replay-rig.ts'
import { type PostgresServer, startPostgres } from '../postgres/server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

async function openArchive() {
  const database = new Secret(await server.database())
  const archive = createPostgresArchive({ database, tls: { insecureSkipVerify: false }, now: Date.now })
  onTestFinished(() => archive.close())
  return archive
}

test('sends the same uids and the bytes that were first sent, without a request to the source', async () => {
  const { rig, sink, spooled, parts, slice, deliver } = await deliveredWorld()
  const archive = await openArchive()
  await archive.append(spooled)
  parts.archives = () => [{ id: 'kept', archive }]
  rig.log.records.length = 0
  const asked = rig.asked.length
  let [next, queued] = [undefined as Awaited<ReturnType<typeof slice>>['next'], 0]
  do {
    const one = await slice(next && { cursor: next })
    expect(one.phase).toBeOneOf(['count', 'archive'])
    next = one.next
    queued += one.queued
  } while (next !== undefined)
  expect(queued).toBe(spooled.length)
  const letters = await parts.store.deadLetters({ sink: 'soc', state: 'replay' })
  expect(letters.map(({ event }) => event).sort()).toEqual(spooled.map(({ line }) => `${line}`).sort())
  await deliver()
  expect([...sink.taken].sort()).toEqual(spooled.map(({ uid }) => uid).sort())
  expect(rig.asked.length).toBe(asked)
})

test('asks the source only for the minute in which it lacks an event', async () => {
  const { rig, sink, spooled, parts, replay } = await deliveredWorld()
  const archive = await openArchive()
  await archive.append(spooled.filter((_, at) => at !== 10))
  parts.archives = () => [{ id: 'kept', archive }]
  const asked = rig.asked.length
  await replay()
  expect([...sink.taken].sort()).toEqual(spooled.map(({ uid }) => uid).sort())
  expect(rig.asked.length).toBe(asked + 1)
})
