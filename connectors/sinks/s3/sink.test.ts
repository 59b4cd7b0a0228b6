import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Sink } from '../../../src/connector.ts'
import { lineFormat } from '../../../src/formats/formats.ts'
import { type S3Emulator, startS3Emulator } from '../../../test/emulators/s3/emulator.ts'
import { rowsOf, textOf, uidsOf } from '../../../test/emulators/s3/read-back.ts'
import { tempFolder } from '../../../test/engine/temp-folder.ts'
import { batchOf, calm, eventAt, NINE, openSink } from './fixtures/rig.ts'

let emulator: S3Emulator
const open: Sink[] = []
const sinkWith = (options: Record<string, unknown> = {}, more: Parameters<typeof openSink>[1] = {}): Sink => {
  const sink = openSink({ ...emulator.options, ...options }, more)
  open.push(sink)
  return sink
}
const objects = () => [...emulator.objects.values()]

beforeEach(async () => {
  emulator = await startS3Emulator()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((sink) => sink.close()))
  await emulator.stop()
})

describe('objects', () => {
  test.each(['gzip', 'zstd', 'none'])('%s NDJSON reads back exactly', async (compression) => {
    const events = [eventAt(NINE + 5), eventAt(NINE + 3601), eventAt(NINE)]
    const outcomes = await sinkWith({ compression }).write(batchOf(events), calm)
    expect(outcomes).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }, { kind: 'delivered' }])
    const native = lineFormat('native')
    const [first, last] = objects().sort((a, b) => (a.key < b.key ? -1 : 1))
    expect(objects()).toHaveLength(2)
    expect(first && textOf(first)).toBe(
      `${native.encode(eventAt(NINE))}\n${native.encode(eventAt(NINE + 5))}\n`,
    )
    expect(last && textOf(last)).toBe(`${native.encode(eventAt(NINE + 3601))}\n`)
  })

  test('CSV has its header once and reads back with another parser', async () => {
    const events = [eventAt(NINE), eventAt(NINE + 1)]
    const format = lineFormat('csv')
    await sinkWith({}, { format: 'csv' }).write(batchOf(events, format), calm)
    const [object] = objects()
    const rows = object === undefined ? [] : rowsOf(object)
    expect(object?.key).toMatch(/\.csv\.gz$/)
    expect(rows.map((row) => row.UID)).toEqual(events.map((event) => event.uid))
    expect(rows[0]?.Description).toBe(`'${events[0]?.description}`)
  })

  test('the content type is set, and the content encoding is not', async () => {
    await sinkWith().write(batchOf([eventAt(NINE)]), calm)
    expect(objects()[0]?.headers).toMatchObject({ 'content-type': 'application/gzip', 'if-none-match': '*' })
    expect(objects()[0]?.headers).not.toHaveProperty('content-encoding')
  })

  test('a compatible store gets no checksum that it may not know', async () => {
    await sinkWith().write(batchOf([eventAt(NINE)]), calm)
    const names = Object.keys(objects()[0]?.headers ?? {})
    expect(names).toContain('x-amz-content-sha256')
    expect(names.filter((name) => name.includes('checksum'))).toEqual([])
  })

  test('encryption, retention and owner are sent along', async () => {
    const storage = {
      kms_key_id: 'alias/audit',
      object_lock: 'compliance',
      retain_for: '30d',
      expected_bucket_owner: '111122223333',
    }
    const now = Date.now()
    const outcomes = await sinkWith({ storage }, { now: () => now }).write(batchOf([eventAt(NINE)]), calm)
    expect(outcomes).toEqual([{ kind: 'delivered' }])
    expect(objects()[0]?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'alias/audit',
      'x-amz-server-side-encryption-bucket-key-enabled': 'true',
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': new Date(now + 30 * 86_400_000).toISOString(),
      'x-amz-expected-bucket-owner': '111122223333',
    })
  })

  test('a batch over hundreds of hours becomes one object for each', async () => {
    const events = Array.from({ length: 300 }, (_, n) => eventAt(NINE + n * 3600))
    const outcomes = await sinkWith().write(batchOf(events), calm)
    expect(outcomes.every((it) => it.kind === 'delivered')).toBe(true)
    expect(emulator.objects.size).toBe(300)
    expect(uidsOf(emulator.objects).sort()).toEqual(events.map((it) => it.uid).sort())
  })

  test('only an event that no partition can hold is rejected', async () => {
    const outcomes = await sinkWith().write(batchOf([eventAt(NINE), eventAt(1e12), eventAt(NINE, 2)]), calm)
    expect(outcomes.map((it) => it.kind)).toEqual(['delivered', 'rejected', 'delivered'])
    expect(uidsOf(emulator.objects)).toHaveLength(2)
  })

  test('an empty batch sends nothing', async () => {
    expect(await sinkWith().write(batchOf([]), calm)).toEqual([])
    expect(emulator.requests).toEqual([])
  })
})

describe('the same batch again', () => {
  const batch = batchOf([eventAt(NINE), eventAt(NINE, 1)])

  test('is delivered and stays one object', async () => {
    const sink = sinkWith()
    const first = await sink.write(batch, calm)
    const [stored] = objects()
    expect(await sink.write(batch, calm)).toEqual(first)
    expect(emulator.requests).toHaveLength(2)
    expect(objects()[0]).toBe(stored)
    expect(uidsOf(emulator.objects)).toHaveLength(2)
  })

  test('is one object too after a connection that broke once it was stored', async () => {
    const sink = sinkWith()
    emulator.fail({ reset: true }, 1)
    expect((await sink.write(batch, calm)).map((it) => it.kind)).toEqual(['retry', 'retry'])
    expect(emulator.objects.size).toBe(1)
    expect((await sink.write(batch, calm)).map((it) => it.kind)).toEqual(['delivered', 'delivered'])
    expect(emulator.objects.size).toBe(1)
  })

  test('replaces the object if conditional writes are off', async () => {
    const sink = sinkWith({ conditional_writes: false })
    await sink.write(batch, calm)
    expect(await sink.write(batch, calm)).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])
    expect(objects()[0]?.headers).not.toHaveProperty('if-none-match')
    expect(emulator.objects.size).toBe(1)
  })
})

describe('TLS', () => {
  test('an authority of your own is trusted only if it is named', async () => {
    const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    })
    const secure = await startS3Emulator({ tls: { cert: pem.cert, key: pem.private } })
    const caFile = join(tempFolder(), 'ca.pem')
    writeFileSync(caFile, pem.cert)
    const [trusting, doubting] = [openSink(secure.options, { tls: { caFile } }), openSink(secure.options)]
    const batch = batchOf([eventAt(NINE)])
    expect(await trusting.write(batch, calm)).toEqual([{ kind: 'delivered' }])
    expect(await doubting.write(batch, calm)).toEqual([
      { kind: 'pause', reason: expect.stringContaining('self-signed certificate') },
    ])
    await Promise.all([trusting.close(), doubting.close(), secure.stop()])
  })
})

test('aborting settles the write and closes its connection', async () => {
  emulator.fail({ hang: true }, 1)
  const abort = new AbortController()
  const written = sinkWith().write(batchOf([eventAt(NINE)]), abort.signal)
  await expect.poll(() => emulator.requests.length).toBe(1)
  abort.abort()
  expect((await written).map((it) => it.kind)).toEqual(['retry'])
  await expect.poll(() => emulator.connections()).toBe(0)
})

test('a store that never answers is given up after the timeout', async () => {
  emulator.fail({ hang: true }, 1)
  const outcomes = await sinkWith({}, { timeoutMs: 200 }).write(batchOf([eventAt(NINE)]), calm)
  expect(outcomes).toEqual([{ kind: 'retry', reason: expect.stringContaining('timeout') }])
})
