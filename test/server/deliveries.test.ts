/** What became of an event: found in any archive, or in the one that is named. */
import { expect, it } from 'vitest'
import { eventOf } from '../formats/sample-events.ts'
import { startArchiveServer } from './archive-server.ts'

it('finds the event in any archive, or in the one that is named', async () => {
  await using server = await startArchiveServer()
  const event = eventOf({ timestamp: 1_795_384_800 })
  server.archive.add(event)
  const ask = async (query: string) =>
    (await server.get(`/api/v1/events/${event.uid}/deliveries${query}`)).status
  expect([await ask(''), await ask('?archive=archive')]).toEqual([200, 200])
  // Only the first archive has it.
  expect([await ask('?archive=second'), await ask('?archive=third')]).toEqual([404, 404])
  expect([await ask('?archiv=archive'), await ask('?archive=archive&archive=second')]).toEqual([400, 400])
})
