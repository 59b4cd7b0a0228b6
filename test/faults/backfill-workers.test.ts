/**
 * A backfill on Redis beside workers: whoever holds the source walks it, and resumes the walk if its walker was killed.
 */
import { expect, it } from 'vitest'
import type { BackfillStatus } from '../../src/ops/backfill-status.ts'
import { eventually } from '../e2e/site.ts'
import { eventOf } from '../engine/scenario-events.ts'
import { openCrew } from './crew.ts'

const FROM = Math.floor(Date.now() / 1000) - 40 * 86_400
const TO = FROM + 4 * 3_600
const COUNT = 1_200
const timeText = (second: number) => new Date(second * 1000).toISOString()
const COMMAND = ['backfill', '--source', 'acme', '--from', timeText(FROM), '--to', timeText(TO), '--json']

it('is taken up by a worker when the command is killed, and loses and doubles nothing', async () => {
  await using crew = await openCrew(2)
  await crew.flowing()
  crew.acme.add(Array.from({ length: COUNT }, (_, at) => eventOf(at % 10, FROM + at * 12)))
  crew.acme.set({ pageSize: 500, latencyMs: 200 })
  const killed = crew.site.start(COMMAND)
  const asked = () => crew.acme.requests.filter(({ query }) => Number(query.endTime) <= TO + 60).length
  await eventually(() => expect(asked()).toBeGreaterThan(10))
  killed.signal('SIGKILL')
  // Read before waiting, which may last until the walk is over. At most eight parts were in progress.
  const before = asked()
  await killed.ended
  await crew.flowing()

  // Nobody requested it again.
  await eventually(() => expect(asked()).toBeGreaterThan(before + 10))

  const { code, stdout } = await crew.site.run(COMMAND)
  expect(code).toBe(0)
  expect(JSON.parse(stdout) as BackfillStatus).toMatchObject({ events: COUNT, gaps: 0, failure: '' })
  const again = await crew.site.run(COMMAND)
  expect(JSON.parse(again.stdout)).toMatchObject({ events: COUNT, new: 0 })
  const { lost, strange, events, spooled } = await crew.settled()
  expect({ lost, strange, spooled }).toEqual({ lost: [], strange: [], spooled: events })
})

it('is cancelled by a command, whichever worker walks it', async () => {
  await using crew = await openCrew(2)
  await crew.flowing()
  crew.acme.add(Array.from({ length: 14_000 }, (_, at) => eventOf(at % 10, FROM + at)))
  crew.acme.set({ pageSize: 500, latencyMs: 200 })
  const watching = crew.site.start([...COMMAND, '--parts', '1'])
  const asked = () => crew.acme.requests.filter(({ query }) => Number(query.endTime) <= TO + 60).length
  await eventually(() => expect(asked()).toBeGreaterThan(0))
  crew.acme.set({ pageSize: 500, latencyMs: 5_000 })
  const { code, stdout } = await crew.site.run(['backfill', '--cancel', '--source', 'acme', '--json'])
  expect({ code, ...JSON.parse(stdout) }).toEqual({ code: 0, source: 'acme', cancelled: true })
  const watched = await watching.ended
  expect({ code: watched.code, ...JSON.parse(watched.stdout) }).toMatchObject({ code: 3, cancelled: true })
})
