/** A chained file, and those that it was rotated into: untouched it is intact, and any one change is named. */
import { readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { definition } from '../../connectors/sinks/file/index.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { write } from '../conformance/deliver.ts'
import { openSink } from '../conformance/open-sink.ts'
import { inFolder, type Tampering, tamper, uidOf, verifyPath } from './outputs.ts'

/** Batches of these sizes; the sink is closed and opened again before each negative one. */
async function writeOut(folder: string, sizes: readonly number[], options: Record<string, unknown> = {}) {
  const open = () =>
    openSink(definition, { path: join(folder, 'audit.ndjson'), integrity: 'chain', ...options }, clock())
  let it = open()
  let from = 0
  for (const size of sizes) {
    if (size < 0) {
      await it.sink.close()
      it = open()
    }
    expect(await write(it.sink, batchOf(auditEvents(Math.abs(size), from), it.format))).not.toContain(
      undefined,
    )
    from += Math.abs(size)
  }
  await it.sink.close()
  return from
}

/** Each rotation gets a second of its own. */
function clock() {
  let at = Date.parse('2026-11-22T22:00:00Z')
  return () => (at += 1000)
}

const batches = fc.array(
  fc.integer({ min: 1, max: 6 }).chain((n) => fc.constantFrom(n, -n)),
  { minLength: 2, maxLength: 8 },
)
const rotations = fc.constantFrom(
  {},
  { rotate: { max_bytes: '4KiB' } },
  { rotate: { max_bytes: '4KiB' }, compression: 'gzip' },
)

async function linesOf(path: string): Promise<string[]> {
  const bytes = await readFile(path)
  const text = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return text.toString().split('\n').slice(0, -1)
}

async function put(path: string, lines: readonly string[]) {
  const text = lines.map((line) => `${line}\n`).join('')
  await writeFile(path, path.endsWith('.gz') ? gzipSync(text) : text)
}

describe('a chained file', () => {
  it('is intact as it was written, over restarts and rotations', async () => {
    await fc.assert(
      fc.asyncProperty(batches, rotations, async (sizes, options) =>
        inFolder(async (folder) => {
          const events = await writeOut(folder, sizes, options)
          expect(await verifyPath(folder)).toMatchObject({ ok: true, faults: [], events })
        }),
      ),
      { numRuns: 25 },
    )
  })

  it.each(['audit.json', 'audit', 'audit.txt'])('is found in a folder whatever its name: %s', (name) =>
    inFolder(async (folder) => {
      const path = join(folder, name)
      const options = { path, rotate: { max_bytes: '4KiB' }, compression: 'gzip' }
      const events = await writeOut(folder, [5, 5, -5, 5], options)
      expect(await verifyPath(folder)).toMatchObject({ ok: true, faults: [], events })

      const [first = '', ...rest] = await linesOf(path)
      await put(path, [first.replace('"severity":', '"severity" :'), ...rest])
      expect(await verifyPath(folder)).toMatchObject({
        ok: false,
        faults: [{ kind: 'changed', file: name, line: 1, uid: uidOf(first) }],
      })
    }),
  )

  it('with one event removed, altered, added or swapped names it', async () => {
    const hands = fc.constantFrom<Tampering>('remove', 'alter', 'add', 'swap')
    await fc.assert(
      fc.asyncProperty(batches, rotations, hands, fc.nat(), fc.nat(), async (sizes, options, how, a, b) =>
        inFolder(async (folder) => {
          await writeOut(folder, sizes, options)
          const names = (await readdir(folder)).filter((name) => !name.endsWith('.head')).sort()
          const name = names[a % names.length] ?? ''
          const lines = await linesOf(join(folder, name))
          const places = how === 'swap' ? lines.length - 1 : lines.length
          fc.pre(places > 0)
          const { kind, uid, line, lines: tampered } = tamper(lines, how, b % places)
          await put(join(folder, name), tampered)
          const { ok, faults } = await verifyPath(folder)
          expect(ok).toBe(false)
          if (kind !== 'missing') {
            expect(faults).toEqual([expect.objectContaining({ kind, uid, line, file: name })])
          } else if (line <= tampered.length) {
            expect(faults).toEqual([expect.objectContaining({ kind, line, file: name })])
          } else {
            // The last line of a file shows where the chain continues, or that it ends.
            expect(faults).toEqual([expect.objectContaining({ kind })])
            if (name === 'audit.ndjson' && tampered.length > 0)
              expect(faults[0]).toMatchObject({ uid, line, file: name })
          }
        }),
      ),
      { numRuns: 120 },
    )
  })

  it('continues after a kill at any byte, and a repeated batch is not tampering', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (size, cut) =>
          inFolder(async (folder) => {
            const path = join(folder, 'audit.ndjson')
            await writeOut(folder, [3])
            const [{ length }, head] = [await readFile(path), await readFile(`${path}.head`)]
            await writeOut(folder, [3, size])
            const whole = (await readFile(path)).length
            // As a kill leaves it: part of the batch, and the head of the batch before.
            await truncate(path, length + Math.floor(cut * (whole - length)))
            await writeFile(`${path}.head`, head)
            expect((await verifyPath(folder)).faults).toEqual([])
            await writeOut(folder, [size, size])
            expect((await verifyPath(folder)).faults).toEqual([])
          }),
      ),
      { numRuns: 25 },
    )
  })

  it('from which events were cut off at the end is not continued', async () => {
    await inFolder(async (folder) => {
      await writeOut(folder, [5])
      const path = join(folder, 'audit.ndjson')
      await put(path, (await linesOf(path)).slice(0, 3))
      const { sink, format } = openSink(definition, { path, integrity: 'chain' })
      const [outcome] = await write(sink, batchOf(auditEvents(1, 9), format))
      await sink.close()
      expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('ends at event 3') })
      expect((await verifyPath(folder)).faults).toMatchObject([
        { kind: 'missing', message: 'events 4 to 5 are missing at the end' },
      ])
    })
  })

  it('that was emptied, or whose links were all removed, is not what its head says', async () => {
    await inFolder(async (folder) => {
      await writeOut(folder, [5])
      const path = join(folder, 'audit.ndjson')
      const bare = (await linesOf(path)).map((line) => line.replace(/,"integrity":\{.*\}\}$/, '}'))
      await put(path, bare)
      expect((await verifyPath(folder)).faults).toMatchObject([
        { kind: 'changed', file: 'audit.ndjson', message: expect.stringContaining('no chain') },
      ])
      await put(path, [])
      expect((await verifyPath(folder)).faults).toMatchObject([{ kind: 'missing', file: 'audit.ndjson' }])
    })
  })

  it.each([
    ['hash', /(?<="hash":")./],
    ['uid', /(?<="uid":")./],
    ['line', /(?<="line":)./],
  ])('has a head whose %s is that of the last event', async (_, character) => {
    await inFolder(async (folder) => {
      await writeOut(folder, [5])
      const head = join(folder, 'audit.ndjson.head')
      const text = await readFile(head, 'utf8')
      await writeFile(
        head,
        text.replace(character, (it) => (it === '7' ? '8' : '7')),
      )
      expect((await verifyPath(folder)).faults).toMatchObject([
        { kind: 'changed', line: 5, message: 'the last event is another than its head says' },
      ])
    })
  })

  it('is not started after events without a chain', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'audit.ndjson')
      await writeOut(folder, [2], { integrity: 'none' })
      const { sink, format } = openSink(definition, { path, integrity: 'chain' })
      const [outcome] = await write(sink, batchOf(auditEvents(1, 9), format))
      await sink.close()
      expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('move the file away') })
    })
  })

  it('of which the oldest rotations were deleted is intact, and one removed from the middle is missed', async () => {
    await inFolder(async (folder) => {
      await writeOut(folder, [6, 6, 6, 6], { rotate: { max_bytes: '4KiB' } })
      const [first = '', second = ''] = (await readdir(folder))
        .filter((name) => /-\d+\.ndjson$/.test(name))
        .sort()
      await rename(join(folder, second), join(folder, 'aside'))
      expect((await verifyPath(folder)).faults).toMatchObject([{ kind: 'missing', line: 1 }])
      await rename(join(folder, 'aside'), join(folder, second))
      const whole = await readFile(join(folder, first))
      await writeFile(join(folder, first), '')
      expect((await verifyPath(folder)).faults).toMatchObject([{ kind: 'missing', file: first }])
      await writeFile(join(folder, first), whole)
      await rm(join(folder, first))
      const { ok, notes } = await verifyPath(folder)
      expect([ok, notes[0]]).toEqual([true, expect.stringContaining('begins with event')])
    })
  })

  describe('rotated', () => {
    const rotate = { rotate: { max_bytes: '4KiB' } }
    const rotatedIn = async (folder: string) =>
      (await readdir(folder)).filter((name) => /-\d+\.ndjson$/.test(name)).sort()

    it('names what is missing at the beginning of a file by its number in the chain', async () => {
      await inFolder(async (folder) => {
        await writeOut(folder, [6, 6, 6, 6], rotate)
        const [, name = ''] = await rotatedIn(folder)
        const path = join(folder, name)
        const lines = await linesOf(path)
        await put(path, lines.slice(1))
        const { faults, notes } = await verifyPath(folder)
        const uid = uidOf(lines[1] ?? '')
        const message = `event 7 is missing before the event with uid ${uid}`
        expect(faults).toEqual([{ file: name, line: 1, kind: 'missing', message }])
        expect(notes).toEqual([])
        await put(path, [lines[1] ?? '', lines[0] ?? '', ...lines.slice(2)])
        expect((await verifyPath(folder)).faults).toMatchObject([
          { kind: 'reordered', message: 'event 8 stands before event 7, which is in line 2' },
        ])
      })
    })

    it('with other line ends is intact except for them', async () => {
      await inFolder(async (folder) => {
        await writeOut(folder, [6, 6, 6], rotate)
        const [, name = ''] = await rotatedIn(folder)
        const path = join(folder, name)
        const lines = await linesOf(path)
        await put(
          path,
          lines.map((line) => `${line}\r`),
        )
        const { faults, notes } = await verifyPath(folder)
        expect(faults).toMatchObject([
          { kind: 'changed', file: name, line: 1, message: expect.stringContaining('line end') },
        ])
        expect(notes).toEqual([])
        await put(path, lines.with(1, `${lines[1]}\r`))
        expect((await verifyPath(folder)).faults).toMatchObject([{ kind: 'changed', file: name, line: 2 }])
      })
    })

    it('says that files have exchanged their contents', async () => {
      await inFolder(async (folder) => {
        await writeOut(folder, [6, 6, 6, 6], rotate)
        const [first = '', second = '', third = ''] = await rotatedIn(folder)
        const exchange = async (left: string, right: string) => {
          await rename(join(folder, left), join(folder, 'aside'))
          await rename(join(folder, right), join(folder, left))
          await rename(join(folder, 'aside'), join(folder, right))
        }
        await exchange(first, second)
        expect(await verifyPath(folder)).toMatchObject({
          ok: true,
          notes: [expect.stringMatching(`^${first}: .* older than ${second}, .*exchanged`)],
        })
        await exchange(first, second)
        await exchange(third, 'audit.ndjson')
        expect((await verifyPath(folder)).notes).toEqual([
          expect.stringMatching(`^${third}: .* older than audit.ndjson, .*exchanged`),
        ])
      })
    })

    it('does not need a live file that is still empty to say anything', async () => {
      await inFolder(async (folder) => {
        await writeOut(folder, [6, 6], rotate)
        await rename(join(folder, 'audit.ndjson'), join(folder, 'audit-20261122T230000Z-1.ndjson'))
        await writeFile(join(folder, 'audit.ndjson'), '')
        expect(await verifyPath(folder)).toMatchObject({ ok: true, events: 12, notes: [] })
      })
    })
  })
})

it.each(['.1', '-20261122', '-20261122-2200', '-2026-11-22', '.2026-11-22_22', '-1795384721'])(
  'follows the chain into a file that a log rotator moved to audit.ndjson%s',
  async (mark) =>
    inFolder(async (folder) => {
      const moved = join(folder, `audit.ndjson${mark}`)
      await writeOut(folder, [5])
      await rename(join(folder, 'audit.ndjson'), moved)
      await writeOut(folder, [3])
      expect(await verifyPath(folder)).toMatchObject({ ok: true, faults: [], notes: [], events: 8 })
      await put(moved, (await linesOf(moved)).slice(0, -1))
      expect(await verifyPath(folder)).toMatchObject({ ok: false, faults: [{ kind: 'missing' }] })
    }),
)

it('finds a changed event without any chain, by its uid', async () => {
  for (const format of ['native', 'csv']) {
    await inFolder(async (folder) => {
      const path = join(folder, 'audit.ndjson')
      const named = format === 'csv' ? join(folder, 'audit.csv') : path
      await writeOut(folder, [20], { integrity: 'none', format, path: named })
      const whole = await verifyPath(named)
      expect(whole).toMatchObject({ ok: true, events: 20 })
      expect(whole.notes).toEqual([expect.stringContaining('neither chain nor manifest')])
      const text = await readFile(named, 'utf8')
      await writeFile(named, text.replace('198.51.100.4', '198.51.100.99'))
      const { uid } = auditEvents(5).at(-1) ?? {}
      expect((await verifyPath(named)).faults).toMatchObject([{ kind: 'changed', uid }])
    })
  }
})

const ROW_UID = /(?<=,)[0-9a-f]{64}(?=\r\n)/g
const LINE_UID = /"uid":"[0-9a-f]{64}"/g

it.each([
  ['native', LINE_UID, '"uid":"x"'],
  ['native', LINE_UID, '"uid":5'],
  ['native', LINE_UID, '"id":""'],
  ['csv', ROW_UID, 'x'],
  ['csv', ROW_UID, ''],
])(
  'names the %s event whose uid was taken for another text, and misses no other',
  async (format, uids, text) => {
    await inFolder(async (folder) => {
      const path = join(folder, `audit.${format === 'csv' ? 'csv' : 'ndjson'}`)
      await writeOut(folder, [5], { integrity: 'none', format, path })
      const whole = await readFile(path, 'utf8')
      let seen = 0
      const one = whole.replace(uids, (uid) => (++seen === 2 ? text : uid))
      const line = format === 'csv' ? 3 : 2
      await writeFile(path, one)
      expect((await verifyPath(path)).faults).toMatchObject([{ kind: 'changed', line }])
      await writeFile(path, one.replace('198.51.100.0', '198.51.100.99'))
      expect((await verifyPath(path)).faults).toMatchObject([{ kind: 'changed', line: line - 1 }])
      if (text !== '"id":""') {
        await writeFile(path, whole.replaceAll(uids, text))
        expect((await verifyPath(path)).faults, 'all of them').toMatchObject([
          { kind: 'changed', line: line - 1 },
        ])
      }
    })
  },
)
