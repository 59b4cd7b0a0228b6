/**
 * Each way of delivery, each way of tampering: the first event concerned is named by its place, and by its uid if it
 * has one.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { definition as fileSink } from '../../connectors/sinks/file/index.ts'
import { openSink as openS3Sink } from '../../connectors/sinks/s3/fixtures/rig.ts'
import type { FormatName } from '../../src/formats/format.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { write } from '../conformance/deliver.ts'
import { openSink } from '../conformance/open-sink.ts'
import { startS3Emulator } from '../emulators/s3/emulator.ts'
import { inFolder, verifyPath, writeAll } from './outputs.ts'

interface Delivery {
  readonly to: 's3' | 'file'
  readonly proof: 'manifest' | 'chain' | 'nothing'
  readonly format: FormatName
  readonly compression: 'gzip' | 'none'
}

/** Sorted as in an object. */
const EVENTS = auditEvents(9).sort((a, b) => a.timestamp - b.timestamp || (a.uid < b.uid ? -1 : 1))
const [, , , FOURTH, FIFTH] = EVENTS

const HANDS = {
  nothing: (lines: string[]) => lines,
  'the fourth event removed': (lines: string[]) => lines.toSpliced(3, 1),
  'an event added before the fourth': (lines: string[]) => lines.toSpliced(3, 0, forged(lines[3] ?? '')),
  'another name in the fourth': (lines: string[]) => lines.with(3, renamed(lines[3] ?? '')),
  'another address in the fourth': (lines: string[]) => lines.with(3, moved(lines[3] ?? '')),
  'the fourth behind the fifth': (lines: string[]) => lines.toSpliced(3, 2, lines[4] ?? '', lines[3] ?? ''),
} as const

type Hand = keyof typeof HANDS

const forged = (line: string) => line.replace(FOURTH?.uid ?? '', 'ab'.repeat(32)).replace('198.51', '198.52')
/** A field that isn't part of the uid, if the format has it. */
const renamed = (line: string) => {
  const { actionName = '', action = '' } = FOURTH ?? {}
  return line.replace(line.includes(actionName) ? actionName : action, 'Stack Praised')
}
const moved = (line: string) => line.replace('198.51', '198.52')

/** The expected first fault, and where it is. */
function expectation({ proof, format }: Delivery, hand: Hand) {
  const hasUid = format === 'native' || format === 'csv'
  const line = format.endsWith('csv') ? 5 : 4
  const named = (uid: string | undefined) => (hasUid ? { line, uid } : { line })
  switch (hand) {
    case 'nothing':
      return undefined
    case 'the fourth event removed':
      // The chain gives the number of the missing event; the manifest gives its uid, as far as its sums cover it.
      if (proof === 'chain') return { kind: 'missing', line, message: expect.stringContaining('event 4 ') }
      if (hasUid) return { kind: 'missing', line, uid: `${FOURTH?.uid.slice(0, 32)}…` }
      return { kind: 'missing', line }
    case 'an event added before the fourth':
      return { kind: 'added', ...named('ab'.repeat(32)) }
    case 'the fourth behind the fifth':
      return { kind: 'reordered', ...named(FIFTH?.uid) }
    default:
      return { kind: 'changed', ...named(FOURTH?.uid) }
  }
}

const DELIVERIES: Delivery[] = [
  ...(['native', 'csv', 'raw', 'pulumi_csv', 'cef', 'pulumi_cef', 'leef', 'otel'] as const).flatMap(
    (format) =>
      (['gzip', 'none'] as const).map(
        (compression) => ({ to: 's3', proof: 'manifest', format, compression }) as const,
      ),
  ),
  { to: 's3', proof: 'chain', format: 'native', compression: 'gzip' },
  { to: 's3', proof: 'chain', format: 'native', compression: 'none' },
  { to: 'file', proof: 'chain', format: 'native', compression: 'none' },
  { to: 'file', proof: 'chain', format: 'native', compression: 'gzip' },
]

/** The path of what was delivered, and everything beside it. */
async function deliver(folder: string, { to, proof, format, compression }: Delivery): Promise<string> {
  const batch = batchOf(EVENTS, lineFormat(format))
  const integrity = proof === 'chain' ? 'chain' : 'none'
  if (to === 'file') {
    // What is written later makes the file rotate and be compressed.
    const rotate = { max_bytes: '4KiB' }
    const options = { path: join(folder, 'audit.ndjson'), integrity, compression, rotate }
    const opened = openSink(fileSink, options)
    await write(opened.sink, batch)
    await write(opened.sink, batchOf(auditEvents(3, 100), opened.format))
    await opened.sink.close()
    const rotated = (await readdir(folder)).find((name) => /-1\.ndjson/.test(name))
    return join(folder, rotated ?? '')
  }
  const emulator = await startS3Emulator()
  let now = Date.parse('2026-11-22T22:30:00Z')
  const sink = openS3Sink(
    {
      ...emulator.options,
      ...{ integrity, compression, ...(proof === 'manifest' && { manifest: {} }) },
    },
    { format, now: () => now },
  )
  await write(sink, batch)
  now += 3 * 3_600_000
  await sink.tend?.(new AbortController().signal)
  await sink.close()
  await emulator.stop()
  await writeAll(folder, new Map([...emulator.objects.values()].map(({ key, body }) => [key, body])))
  return join(folder, [...emulator.objects.keys()].find((key) => !key.startsWith('manifests/')) ?? '')
}

describe.each(DELIVERIES)('$to with $proof, $format, $compression', (delivery) => {
  it.each(Object.keys(HANDS) as Hand[])('%s', async (hand) => {
    await inFolder(async (folder) => {
      const path = await deliver(folder, delivery)
      const { lineEnd, header } = lineFormat(delivery.format)
      const isPacked = path.endsWith('.gz')
      const stored = await readFile(path)
      const text = (isPacked ? gunzipSync(stored) : stored).toString()
      // A CSV cell may contain a line feed; no event begins after it.
      const lines = text
        .split(new RegExp(`${lineEnd}(?=[\\d{]|CEF|LEEF|Nov|$)`))
        .slice(header === undefined ? 0 : 1, -1)
      expect(lines).toHaveLength(EVENTS.length)
      const changed = HANDS[hand](lines)
      if (hand !== 'nothing') expect(changed).not.toEqual(lines)
      const after = [...(header === undefined ? [] : [header]), ...changed]
        .map((line) => line + lineEnd)
        .join('')
      await writeFile(path, isPacked ? gzipSync(after) : after)
      const { faults } = await verifyPath(folder)
      const expected = expectation(delivery, hand)
      expect(faults).toEqual(
        expected === undefined
          ? []
          : [expect.objectContaining({ file: path.slice(folder.length + 1), ...expected })],
      )
    })
  })
})
