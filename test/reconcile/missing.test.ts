/** What a sink lost is named one by one, even if not every event of the minute was meant for it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { BEGIN, lines, openRig, type Rig } from './rig.ts'

const named = (examples: readonly { description: string }[] = []) => examples.map((it) => it.description)

async function carried(
  events: Parameters<Rig['add']>[0],
  options?: Parameters<typeof openRig>[0],
): Promise<Rig> {
  const rig = openRig(options)
  rig.add(events)
  expect(await rig.run()).toEqual([])
  return rig
}

/** The same file sink under another name, with a file of its own. */
function another({ local, path }: Rig): SinkConfig & { readonly file: string } {
  const file = `${path}.later`
  return { ...local, id: 'later', options: { ...(local.options as object), path: file }, file }
}

const remove = (file: string, description: string) =>
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !line.includes(`"description":"${description}"`))
      .join('\n'),
  )

describe('an event that was removed at a sink', () => {
  it('is named, and not the repeats that the sink left out', async () => {
    const rig = await carried(
      [
        [5, 'same'],
        [10, 'same'],
        [15, 'same'],
        [17, 'same'],
        [20, 'b'],
      ],
      { sink: { dedupeWindowMs: 60_000 } },
    )
    const before = lines(rig.path)
    expect(before.length).toBeLessThan(4)
    const [lost] = before.filter((line) => line.includes('"description":"same"'))
    rig.rewrite((all) => all.filter((line) => line !== lost))
    const { repaired, sinks } = await rig.reconcile({ repair: true })
    expect(repaired?.sinks?.local?.missing).toHaveLength(1)
    expect(sinks.local?.complete).toBe(false)
    await rig.run()
    const uids = (all: readonly string[]) => all.map((line) => JSON.parse(line).uid).sort()
    expect(uids(lines(rig.path))).toEqual(uids(before))
    expect((await rig.reconcile()).complete).toBe(true)
  })

  it('is named, and not those of its minute that came before the sink', async () => {
    const rig = await carried([
      [3_000, 'e'],
      [3_001, 'f'],
    ])
    const later = another(rig)
    const sinks = [rig.local, later]
    await rig.run(sinks)
    rig.add([[3_002, 'g']])
    await rig.reconcile({ repair: true }, sinks)
    await rig.run(sinks)
    expect(lines(later.file)).toHaveLength(1)
    remove(later.file, 'g')
    expect(named((await rig.reconcile({}, sinks)).sinks.later?.found?.missing)).toEqual(['g'])
  })

  it('is named, though by now its rules keep such events away', async () => {
    const rig = await carried([
      [5, 'a'],
      [6, 'b'],
    ])
    const stricter = { ...rig.local, where: 'description != "b"' }
    expect((await rig.reconcile({}, [stricter])).complete).toBe(true)
    remove(rig.path, 'b')
    const { complete, sinks } = await rig.reconcile({}, [stricter])
    expect({ complete, missing: named(sinks.local?.found?.missing) }).toEqual({
      complete: false,
      missing: ['b'],
    })
  })

  it('is counted where nothing tells which it is', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `event-${at}`)
    const rig = await carried(
      names.map((name, at) => [at, name] as const),
      { sink: { where: 'description != "event-0"' } },
    )
    for (const name of names.slice(3, 9)) remove(rig.path, name)
    const { complete, sinks } = await rig.reconcile({}, [{ ...rig.local, where: 'false' }])
    expect(complete).toBe(false)
    expect(sinks.local?.found).toMatchObject({ missing: [], unnamed: 6 })
    expect(sinks.local?.notes.join()).toContain("6 events were delivered and can't be found there, nor named")
  })

  it('is named, though only a backfill for the sink brought it', async () => {
    const rig = await carried([
      [5, 'a'],
      [6, 'b'],
      [90, 'c'],
    ])
    const later = another(rig)
    const sinks = [rig.local, later]
    await rig.run(sinks, { sinks: ['later'] })
    expect(lines(later.file)).toHaveLength(3)
    expect((await rig.reconcile({}, sinks)).complete).toBe(true)
    remove(later.file, 'b')
    const found = await rig.reconcile({}, sinks)
    expect({ complete: found.complete, missing: named(found.sinks.later?.found?.missing) }).toEqual({
      complete: false,
      missing: ['b'],
    })
    await rig.reconcile({ repair: true }, sinks)
    await rig.run(sinks)
    expect(lines(later.file)).toHaveLength(3)
    expect((await rig.reconcile({}, sinks)).complete).toBe(true)
  })
})

it('an event from before the start that a backfill was to bring is a hole, and what it brought is no exception', async () => {
  const rig = openRig()
  rig.add([
    [-1_000, 'old'],
    [-615, 'start-minute'],
    [5, 'a'],
  ])
  await rig.run(undefined, { from: -3_600 })
  const all = { from: -3_600 }
  expect(await rig.reconcile(all)).toMatchObject({ complete: true })
  expect((await rig.reconcile(all)).notes.join()).not.toContain('never asked for')
  rig.sql(`DELETE FROM source_ledger WHERE key IN (SELECT min(key) FROM source_ledger)`)
  rig.sql('DELETE FROM sink_ledger WHERE minute IN (SELECT min(minute) FROM sink_ledger)')
  const { complete, holes } = await rig.reconcile(all)
  expect({ complete, holes: holes.map(({ examples }) => named(examples)) }).toEqual({
    complete: false,
    holes: [['old']],
  })
  expect((await rig.reconcile({ ...all, repair: true })).repaired).toMatchObject({ events: 1 })
})

describe('minutes that the ledger has forgotten altogether', () => {
  async function old(): Promise<Rig> {
    const rig = await carried([
      [5, 'a'],
      [70, 'b'],
    ])
    // As if it had been read up to 500 days from now, and pruned then.
    rig.sql(
      `UPDATE sources SET state = json_set(state, '$.checkpoint', ${Math.floor(Date.now() / 1000) + 500 * 86_400})`,
    )
    rig.sql('DELETE FROM source_ledger')
    return rig
  }

  it('are no holes, and not complete', async () => {
    const rig = await old()
    const { complete, holes, notes, sinks } = await rig.reconcile()
    expect({ complete, holes, faults: sinks.local?.faults }).toEqual({
      complete: false,
      holes: [],
      faults: [],
    })
    expect(notes.join()).toContain('2 events lie in minutes that the ledger has forgotten')
  })

  it('are not spooled again by a repair', async () => {
    const rig = await old()
    expect((await rig.reconcile({ repair: true })).repaired).toMatchObject({ events: 0 })
  })
})

it('sends again what the sink lost of events that happened after our clock, which is behind', async () => {
  const ahead = 3_600
  const rig = openRig({ ahead })
  const now = Math.floor(Date.now() / 1000) - BEGIN
  rig.add([
    [now + ahead - 300, 'a'],
    [now + ahead - 200, 'b'],
    [now + ahead - 100, 'c'],
  ])
  expect(await rig.run()).toEqual([])
  rig.rewrite((lines) => lines.filter((line) => !line.includes('"b"')))
  const all = { from: 0, to: now + ahead }
  expect((await rig.reconcile({ ...all, repair: true })).repaired?.sinks?.local).toMatchObject({ events: 1 })
  expect(await rig.run()).toEqual([])
  expect((await rig.reconcile(all)).sinks.local?.found).toMatchObject({ events: 3, missing: [] })
})
