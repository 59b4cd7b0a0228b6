import { expect, it, onTestFinished } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { write } from '../../../test/conformance/deliver.ts'
import { tempFolder } from '../../../test/engine/temp-folder.ts'
import { config } from './config.ts'
import { createSink } from './sink.ts'

const DAY_S = 86_400

it('drops what is too old by the clock of its sources, and nothing if our own clock is years ahead', async () => {
  const clock = { now: 0 }
  const sink = createSink(config.parse({ path: `${tempFolder()}/archive.db`, retain: '30d' }), {
    ...{
      id: 'archive',
      logger: silentLogger,
      now: () => clock.now,
      version: '0',
      format: lineFormat('native'),
    },
    connection: { timeoutMs: 5_000, tls: { insecureSkipVerify: false } },
  })
  onTestFinished(() => sink.close())
  const events = auditEvents(3)
  await write(sink, batchOf(events, lineFormat('native')))
  const newest = Math.max(...events.map(({ timestamp }) => timestamp))
  const kept = async (readUpTo: number | undefined) => {
    const { signal } = new AbortController()
    await sink.tend?.(signal, async () => readUpTo)
    return (await sink.archive?.extent(signal))?.events
  }

  clock.now = (newest + 3_650 * DAY_S) * 1000
  expect(await kept(undefined)).toBe(3)
  expect(await kept(newest + 29 * DAY_S)).toBe(3)
  clock.now = newest * 1000
  expect(await kept(newest + 40 * DAY_S)).toBe(3)
  clock.now = (newest + 40 * DAY_S) * 1000
  expect(await kept(newest + 40 * DAY_S)).toBe(0)
})
