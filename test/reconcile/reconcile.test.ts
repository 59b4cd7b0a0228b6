/** What a reconciliation names: exactly what differs, and nothing if a history is complete. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RecordFields } from '../../src/connector.ts'
import { UnknownIdError } from '../../src/errors.ts'
import { BEGIN, HOUR, openRig, type Rig } from './rig.ts'

const EVENTS = [
  [5, 'a'],
  [10, 'b'],
  [70, 'c'],
  [70, 'd'],
  [130, 'e'],
  [3_000, 'f'],
] as const

async function delivered(options?: Parameters<typeof openRig>[0]): Promise<Rig> {
  const rig = openRig(options)
  rig.add(EVENTS)
  expect(await rig.run()).toEqual([])
  return rig
}

/** For rows that midnight may divide. */
const sumOf = (rows: (number | boolean)[][]) =>
  rows.reduce(([source, ledger, same], row) => [
    Number(source) + Number(row[0]),
    Number(ledger) + Number(row[1]),
    same === true && row[2] === true,
  ])

const named = (examples: readonly { description: string }[] = []) => examples.map((it) => it.description)

describe('a whole range', () => {
  it('is complete, with its counts and digests', async () => {
    const rig = await delivered()
    const result = await rig.reconcile()
    expect(result).toMatchObject({ complete: true, holes: [], extras: [], gaps: [], pending: 0, notes: [] })
    expect(result.sinks.local).toMatchObject({
      spooled: 6,
      delivered: 6,
      complete: true,
      found: { events: 6, copies: 0, missing: [], extra: [], altered: [], unreadable: [] },
    })
    for (const { sourceDigest, ledgerDigest } of result.days) expect(sourceDigest).toBe(ledgerDigest)
  })

  it('is complete with a quarantined record whose key was taken out', async () => {
    const rig = openRig()
    rig.add(EVENTS)
    const garbled = { timestamp: BEGIN + 6, unreadable: 'it has no time', bytes: Buffer.from('?') }
    rig.log.records.push(garbled as unknown as RecordFields)
    rig.encryptWith(randomBytes(32))
    expect(await rig.run()).toEqual(['source acme: 1 record quarantined'])
    rig.encryptWith(randomBytes(32))
    expect(await rig.reconcile()).toMatchObject({
      complete: true,
      unreadable: { records: 1, notQuarantined: 0 },
    })
  })

  it('is counted alike on both sides in the minutes at its borders', async () => {
    const alike = ({ days }: Awaited<ReturnType<Rig['reconcile']>>) =>
      days.map((it) => [it.source, it.ledger, it.sourceDigest === it.ledgerDigest])
    const begun = openRig()
    begun.startAt(BEGIN + 8)
    begun.add(EVENTS)
    expect(await begun.run()).toEqual([])
    // An event after the checkpoint, which is now.
    begun.add([[Math.floor(Date.now() / 1000) + 5 - BEGIN, 'g']])
    const result = await begun.reconcile({ to: 4 * HOUR })
    expect(result).toMatchObject({ complete: true, pending: 1 })
    expect(result.notes.join()).toContain('1 event that happened before')
    expect(sumOf(alike(result))).toEqual([5, 5, true])

    const lacking = await delivered()
    lacking.forget(lacking.uids().get('a') ?? '', 5)
    const asked = await lacking.reconcile({ from: 6 })
    expect(asked).toMatchObject({ complete: true, holes: [] })
    expect(sumOf(alike(asked))).toEqual([5, 5, true])
    const whole = await lacking.reconcile()
    expect(whole.holes).toMatchObject([{ source: 2, ledger: 1, missing: 1 }])
    expect(sumOf(alike(whole))).toEqual([6, 5, false])
  })

  it.each(['gzip', 'zstd'] as const)(
    'is read back from rotated files too, compressed with %s',
    async (compression) => {
      const rig = await delivered({
        file: { rotate: { max_bytes: '1KiB' }, compression },
        sink: { batch: { maxEvents: 1, maxBytes: 1e6, maxAgeMs: 0 } },
      })
      expect((await rig.reconcile()).sinks.local).toMatchObject({ complete: true, found: { events: 6 } })
    },
  )

  it('is complete as CSV', async () => {
    const rig = await delivered({ format: 'csv' })
    expect((await rig.reconcile()).sinks.local).toMatchObject({ complete: true, found: { events: 6 } })
  })

  it('is complete behind rules that filter and redact', async () => {
    const redact = [{ field: 'description', with: 'mask' }] as const
    const rig = await delivered({ sink: { where: 'description != "b"', redact } })
    expect((await rig.reconcile()).sinks.local).toMatchObject({
      delivered: 5,
      filtered: 1,
      complete: true,
      found: { events: 5, altered: [] },
    })
  })

  it('holds events of the last poll only', async () => {
    const rig = await delivered()
    rig.log.records.push({
      ...rig.remove('f'),
      timestamp: Math.floor(Date.now() / 1000) + 5,
      description: 'new',
    })
    const result = await rig.reconcile({ to: 4 * HOUR })
    expect(result).toMatchObject({ pending: 1, holes: [] })
  })
})

describe('the ledger', () => {
  it('lacks an event: a hole, which a repair fills with the same uid', async () => {
    const rig = await delivered()
    const uid = rig.uids().get('c') ?? ''
    rig.forget(uid, 70)
    rig.rewrite((lines) => lines.filter((line) => !line.includes(uid)))
    const before = await rig.reconcile()
    expect(before).toMatchObject({
      complete: false,
      extras: [],
      holes: [{ source: 2, ledger: 1, missing: 1 }],
    })
    expect(before.holes[0]?.examples).toMatchObject([{ uid, description: 'c', action: 'stack-created' }])

    const repaired = await rig.reconcile({ repair: true })
    expect(repaired).toMatchObject({ holes: [], repaired: { events: 1, holes: [{ missing: 1 }] } })
    expect(repaired.sinks.local).toMatchObject({ undelivered: 1, complete: false, faults: [] })
    await rig.run()
    expect(rig.uids().get('c')).toBe(uid)
    expect(await rig.reconcile()).toMatchObject({ complete: true, holes: [] })
    expect((await rig.reconcile({ repair: true })).repaired).toMatchObject({ events: 0 })
  })

  it('has forgotten the uids: a single hole is still named and repaired', async () => {
    const rig = await delivered()
    const uid = rig.uids().get('a') ?? ''
    rig.forget(uid, 5)
    rig.rewrite((lines) => lines.filter((line) => !line.includes(uid)))
    rig.sql('UPDATE source_ledger SET uids = NULL')
    const { holes } = await rig.reconcile()
    expect(holes).toMatchObject([{ missing: 1, examples: [{ uid }] }])
    expect((await rig.reconcile({ repair: true })).repaired).toMatchObject({ events: 1 })
    await rig.run()
    expect((await rig.reconcile()).complete).toBe(true)
  })

  it.each([2, 3, 4])(
    'has forgotten the uids: %s holes of one minute are named and repaired',
    async (count) => {
      const rig = openRig()
      const names = Array.from({ length: 9 }, (_, number) => `event-${number}`)
      rig.add(names.map((name, at) => [at, name]))
      await rig.run()
      const gone = names.slice(2, 2 + count)
      const uids = rig.uids()
      for (const name of gone) rig.forget(uids.get(name) ?? '', 0)
      rig.sql('UPDATE source_ledger SET uids = NULL')
      // They are in the file all the same: only the total shows it.
      const { holes } = await rig.reconcile()
      expect(holes.flatMap(({ examples }) => named(examples)).sort()).toEqual(gone)
      expect((await rig.reconcile({ repair: true })).repaired).toMatchObject({ events: count, holes })
      await rig.run()
      expect(await rig.reconcile()).toMatchObject({ holes: [], extras: [] })
    },
  )

  it('has forgotten the uids: more holes are named by what lies at a sink, else counted, and it says why', async () => {
    const rig = openRig()
    const names = Array.from({ length: 12 }, (_, number) => `event-${number}`)
    rig.add(names.map((name, at) => [at, name]))
    await rig.run()
    const gone = names.slice(0, 6).sort()
    const uids = rig.uids()
    for (const name of gone) rig.forget(uids.get(name) ?? '', 0)
    rig.sql('UPDATE source_ledger SET uids = NULL')
    const counted = await rig.reconcile()
    expect(counted).toMatchObject({ complete: false, holes: [{ missing: 6, examples: [] }] })
    expect(counted.notes.join()).toContain("6 events can't be named")
    rig.rewrite((lines) => lines.filter((line) => !gone.some((name) => line.includes(`"${name}"`))))
    const { holes, notes } = await rig.reconcile()
    expect(holes.flatMap(({ examples }) => named(examples)).sort()).toEqual(gone)
    expect(notes).toEqual([])
    expect((await rig.reconcile({ repair: true })).repaired).toMatchObject({ events: 6 })
    await rig.run()
    expect((await rig.reconcile()).complete).toBe(true)
  })

  it('has forgotten the uids: what the source lost is named by what lies at a sink, where it is not extra', async () => {
    const rig = await delivered()
    const uids = rig.uids()
    for (const name of ['c', 'd']) rig.remove(name)
    rig.sql('UPDATE source_ledger SET uids = NULL')
    const { extras, holes, sinks } = await rig.reconcile()
    expect({ holes, extra: sinks.local?.found?.extra }).toEqual({ holes: [], extra: [] })
    expect(extras.flatMap(({ examples }) => examples.map(({ uid }) => uid)).sort()).toEqual(
      [uids.get('c'), uids.get('d')].sort(),
    )
  })

  it('knows an event that the source does not show any more', async () => {
    const rig = await delivered()
    rig.remove('d')
    const result = await rig.reconcile()
    expect(result).toMatchObject({ complete: false, holes: [], extras: [{ source: 1, ledger: 2, extra: 1 }] })
    expect(result.extras[0]?.examples[0]?.uid).toBe((rig.uids().get('d') ?? '').slice(0, 16))
  })

  it('has a digest that is not that of its uids', async () => {
    const rig = await delivered()
    rig.sql('UPDATE source_ledger SET digest = zeroblob(16) WHERE key = (SELECT MIN(key) FROM source_ledger)')
    expect((await rig.reconcile()).extras).toMatchObject([{ extra: 0, digestDiffers: true }])
  })
})

it('counts holes only of seconds in the range, --from inclusive and --to exclusive', async () => {
  const rig = await delivered()
  for (const [at, name] of EVENTS.slice(0, 4)) rig.forget(rig.uids().get(name) ?? '', at)
  const missing = async (from: number, to: number) =>
    (await rig.reconcile({ from, to })).holes.flatMap(({ examples }) => named(examples)).sort()
  expect(await missing(5, 10)).toEqual(['a'])
  expect(await missing(6, 70)).toEqual(['b'])
  expect(await missing(10, 71)).toEqual(['b', 'c', 'd'])
})

it('a gap that is whole now disappears with a repair', async () => {
  const rig = await delivered()
  rig.sql(
    `UPDATE sources SET state = json_set(state, '$.gaps', json('[{"second":${BEGIN + 70},"reason":"full page"}]'))`,
  )
  expect((await rig.reconcile()).notes.join()).toContain('whole now')
  expect((await rig.reconcile({ repair: true })).repaired).toMatchObject({ gaps: 1, events: 0 })
  expect((await rig.reconcile()).notes).toEqual([])
})

describe('a sink', () => {
  it('whose ledger lacks an event is not complete', async () => {
    const rig = await delivered()
    rig.sql(
      'UPDATE sink_ledger SET delivered = delivered - 1 WHERE minute = (SELECT MAX(minute) FROM sink_ledger)',
    )
    const { local } = (await rig.reconcile()).sinks
    expect(local).toMatchObject({ complete: false, faults: [{ spooled: 1, delivered: 0 }] })
  })

  it('whose ledger tells of other events is not complete', async () => {
    const rig = await delivered()
    rig.sql(
      'UPDATE sink_ledger SET digest = zeroblob(16) WHERE minute = (SELECT MAX(minute) FROM sink_ledger)',
    )
    expect((await rig.reconcile()).sinks.local).toMatchObject({ complete: false, faults: [{ delivered: 1 }] })
  })

  it('that was added later is complete without what it was never to get', async () => {
    const rig = await delivered()
    const later = {
      ...rig.local,
      id: 'later',
      options: { ...(rig.local.options as object), path: `${rig.path}2` },
    }
    await rig.run([rig.local, later])
    rig.add([[3_100, 'g']])
    await rig.reconcile({ repair: true }, [rig.local, later])
    await rig.run([rig.local, later])
    const { sinks } = await rig.reconcile({}, [rig.local, later])
    expect(sinks.local).toMatchObject({ spooled: 7, complete: true })
    expect(sinks.later).toMatchObject({
      spooled: 1,
      delivered: 1,
      complete: true,
      found: { events: 1, missing: [] },
    })
    expect(sinks.later?.notes.join()).toContain('6 events were spooled before it was added')
  })

  it('is not spoken of when it does not take from the source', async () => {
    const rig = await delivered()
    const other = { ...rig.local, id: 'other', sources: ['elsewhere'] }
    expect(Object.keys((await rig.reconcile({}, [rig.local, other])).sinks)).toEqual(['local'])
  })
})

describe.each(['native', 'csv'] as const)('a file of %s', (format) => {
  it('of which one event was removed, one added and one altered', async () => {
    const rig = await delivered({ format })
    const uid = '0f'.repeat(32)
    rig.rewrite((lines) => {
      const without = lines.filter((line) => !isOf(line, 'b'))
      const altered = without.map((line) => (isOf(line, 'c') ? line.replace('dana', 'eve') : line))
      const added = lines.find((line) => isOf(line, 'e'))?.replace(/[0-9a-f]{64}/, uid) ?? ''
      return [...altered, added]
    })
    const { complete, holes, extras, sinks } = await rig.reconcile()
    expect({ complete, holes, extras }).toEqual({ complete: false, holes: [], extras: [] })
    const { found } = sinks.local ?? {}
    expect(named(found?.missing)).toEqual(['b'])
    expect(found?.extra.map((it) => it.uid)).toEqual([uid])
    expect(found?.altered).toMatchObject([
      { description: 'c', fields: [format === 'csv' ? 'Login' : 'actor.login'] },
    ])
  })

  it('of which events were removed: a repair sends them to it again, and nothing else', async () => {
    const rig = await delivered({ format })
    const before = rig.uids()
    rig.rewrite((lines) => lines.filter((line) => !isOf(line, 'b') && !isOf(line, 'f')))
    const { repaired, sinks, complete } = await rig.reconcile({ repair: true })
    expect(repaired).toMatchObject({
      events: 0,
      holes: [],
      sinks: { local: { events: 2, waiting: 2, refused: 0 } },
    })
    expect(named(repaired?.sinks?.local?.missing)).toEqual(['b', 'f'])
    expect({ complete, notes: sinks.local?.notes }).toEqual({
      complete: false,
      notes: ['2 missing events wait to be sent again'],
    })
    expect(await rig.run()).toEqual([])
    expect(rig.uids()).toEqual(before)
    expect(await rig.reconcile({ repair: true })).toMatchObject({
      complete: true,
      sinks: { local: { delivered: 6, faults: [], found: { events: 6, copies: 0, missing: [] } } },
      repaired: { events: 0, holes: [] },
    })
  })

  function isOf(line: string, description: string): boolean {
    return line.includes(format === 'csv' ? `,${description},` : `"description":"${description}"`)
  }
})

it('tells how far it is, going down, and over both readings of a repair', async () => {
  const rig = await delivered({ switches: { pageSize: 3, inclusive: false, tokens: true } })
  const looks: { events: number; position: number; share: number }[] = []
  await rig.reconcile({ repair: true }, undefined, (events, position, share) =>
    looks.push({ events, position, share }),
  )
  const shares = looks.map(({ share }) => share)
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  expect(shares.at(-1)).toBe(1)
  expect(shares.filter((share) => share <= 0.5)).toHaveLength(shares.length / 2)
  expect(looks.reduce((sum, { events }) => sum + events, 0)).toBe(2 * EVENTS.length)
})

it('is not concerned by the lines of another source of the same organisation in one file', async () => {
  const rig = await delivered()
  rig.rewrite((lines) => lines.flatMap((line) => [line.replace('"source":"acme"', '"source":"b"'), line]))
  const { complete, sinks } = await rig.reconcile()
  expect({ complete, found: sinks.local?.found }).toMatchObject({
    complete: true,
    found: { events: 6, copies: 0, altered: [], missing: [] },
  })
})

it('names a line that holds no event', async () => {
  const rig = await delivered()
  rig.rewrite((lines) => [...lines, '{"uid":'])
  expect((await rig.reconcile()).sinks.local?.found?.unreadable).toEqual(['out.ndjson, event 7'])
})

it('refuses a source that was never read', async () => {
  await expect(openRig().reconcile()).rejects.toThrow('run the engine first')
})

it('names an unknown source as every command does', async () => {
  const asked = openRig().reconcile({ source: 'acmee' })
  await expect(asked).rejects.toThrow(UnknownIdError)
  await expect(asked).rejects.toThrow('there is no source acmee; there is acme (did you mean acme?)')
})

describe('a source that is read from another organisation', () => {
  async function moved(): Promise<Rig> {
    const rig = await delivered()
    rig.readFrom('beta')
    rig.add([
      [5, 'x'],
      [70, 'y'],
      [200, 'z'],
    ])
    expect(await rig.run()).toEqual([])
    return rig
  }

  it('is complete since its start, and repairs nothing away of the one before', async () => {
    const rig = await moved()
    const result = await rig.reconcile()
    expect(result).toMatchObject({ complete: true, holes: [], extras: [] })
    expect(result.notes.join()).toContain('6 events of these minutes, in the ledger and not in this log')
    const repaired = await rig.reconcile({ repair: true })
    expect(repaired).toMatchObject({ complete: true, repaired: { events: 0 } })
    expect([...rig.uids().keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'x', 'y', 'z'])
  })

  it('lacks what is missing of the new one all the same', async () => {
    const rig = await moved()
    rig.add([[71, 'late']])
    rig.rewrite((lines) => lines.filter((line) => !line.includes('"description":"z"')))
    const result = await rig.reconcile()
    expect(result.complete).toBe(false)
    expect(named(result.holes.flatMap(({ examples }) => examples))).toEqual(['late'])
    expect(named(result.sinks.local?.found?.missing)).toEqual(['z'])
  })

  it('was never asked for what happened before its start, also where the ledger knows the other one', async () => {
    const rig = openRig()
    rig.add(EVENTS)
    expect(await rig.run()).toEqual([])
    rig.readFrom('beta')
    rig.startAt(BEGIN + 60)
    rig.add([
      [6, 'before'],
      [70, 'y'],
    ])
    expect(await rig.run()).toEqual([])
    expect(await rig.reconcile()).toMatchObject({
      ...{ complete: true, holes: [] },
      notAskedFor: { before: expect.stringMatching(/^20.*Z$/), events: 1 },
    })
  })
})
