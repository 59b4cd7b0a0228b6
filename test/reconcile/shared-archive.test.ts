/**
 * Two sources of one organisation in one archive, which keeps each uid once, under the source that brought it first.
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { definition } from '../../connectors/sinks/archive/index.ts'
import { createSqliteArchive } from '../../src/archive/sqlite/archive.ts'
import type { NewEvent } from '../../src/archive/stored-archive.ts'
import type { SinkConfig } from '../../src/config/config.ts'
import { sinkConfig } from '../engine/sample-config.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { openRig, type Rig } from './rig.ts'

const BOTH = ['acme', 'twin']

function archiveAt(path: string, changes: Partial<SinkConfig> = {}): SinkConfig {
  return sinkConfig({
    id: 'archive',
    definition,
    options: definition.config.parse({ path }),
    sources: BOTH,
    ...changes,
  })
}

async function delivered(sink: SinkConfig): Promise<Rig> {
  const rig = openRig({ twin: true })
  rig.add([
    [5, 'a'],
    [5, 'b'],
    [70, 'c'],
    [3_000, 'd'],
  ])
  expect(await rig.run([sink])).toEqual([])
  return rig
}

/** A second archive, with what `change` makes of its events. */
async function changed(path: string, change: (events: NewEvent[]) => NewEvent[]): Promise<string> {
  const from = createSqliteArchive({ path, now: Date.now })
  const events: NewEvent[] = []
  for await (const some of from.read({}, new AbortController().signal)) events.push(...some)
  await from.close()
  const to = createSqliteArchive({ path: `${path}.changed`, now: Date.now })
  await to.append(change(events))
  await to.close()
  return `${path}.changed`
}

const named = (examples: readonly { description: string }[] = []) => examples.map((it) => it.description)

it('holds all events of both sources', async () => {
  const sink = archiveAt(join(tempFolder(), 'archive.db'))
  const rig = await delivered(sink)
  for (const source of BOTH) {
    const result = await rig.reconcile({ source }, [sink])
    expect.soft(result, source).toMatchObject({
      complete: true,
      sinks: { archive: { delivered: 4, found: { events: 4, missing: [], extra: [], altered: [] } } },
    })
  }
})

it('lacks an event: it is missing for both sources; one too much is extra for the source that brought it', async () => {
  const path = join(tempFolder(), 'archive.db')
  const rig = await delivered(archiveAt(path))
  const uidOf: Record<string, string> = {}
  const other = await changed(path, (events) =>
    events.flatMap((event) => {
      const { source, description } = JSON.parse(Buffer.from(event.line).toString())
      if (description === 'c') return []
      if (description !== 'd') return [event]
      const uid = 'f'.repeat(64)
      uidOf[uid] = source
      const text = Buffer.from(event.line).toString()
      return [event, { ...event, uid, line: Buffer.from(text.replace(event.uid, uid)) }]
    }),
  )
  const [owner] = Object.values(uidOf)
  for (const source of BOTH) {
    const { complete, sinks } = await rig.reconcile({ source }, [archiveAt(other)])
    expect.soft(complete).toBe(false)
    expect.soft(named(sinks.archive?.found?.missing), source).toEqual(['c'])
    expect.soft(named(sinks.archive?.found?.extra), source).toEqual(source === owner ? ['d'] : [])
  }
})

it('counts nothing of the other source as this one’s that its rules keep away', async () => {
  const sink = archiveAt(join(tempFolder(), 'archive.db'), {
    where: 'source == "acme" || description != "b"',
  })
  const rig = await delivered(sink)
  const { complete, sinks } = await rig.reconcile({ source: 'twin' }, [sink])
  expect(complete).toBe(true)
  expect(sinks.archive).toMatchObject({ delivered: 3, filtered: 1, found: { events: 3, missing: [] } })
})
