/** A simulated log, delivered into an emulated bucket, whose objects and manifests can be tampered with. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { definition } from '../../connectors/sinks/s3/index.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { type S3Emulator, startS3Emulator } from '../emulators/s3/emulator.ts'
import { textOf } from '../emulators/s3/read-back.ts'
import { openRig } from './rig.ts'

export interface BucketOptions {
  readonly format?: 'native' | 'csv'
  readonly compression?: 'gzip' | 'zstd' | 'none'
  readonly manifest?: boolean
  readonly maxEvents?: number
}

/** How far the store's clock is ahead; moving it ends the windows of manifests. */
const clock = { aheadMs: 0 }

export const startBucket = () => startS3Emulator({ rules: { writtenNow: () => Date.now() + clock.aheadMs } })

/** The emulator's bucket is emptied first. */
export function openBucketRig(
  s3: S3Emulator,
  { format = 'native', compression = 'gzip', manifest = true, maxEvents = 2 }: BucketOptions = {},
) {
  const { objects } = s3
  objects.clear()
  clock.aheadMs = 0
  const options = definition.config.parse({
    ...{ ...s3.options, compression, prefix: 'audit' },
    ...(manifest && { manifest: { every: '1h' } }),
  })
  const batch = { maxEvents, maxBytes: 1e6, maxAgeMs: 0 }
  const rig = openRig({ format, sink: { definition, options, batch } })
  const end = format === 'csv' ? '\r\n' : '\n'
  const isEvents = (key: string) => !key.includes('/manifests/')
  const header = format === 'csv' ? 1 : 0
  const linesIn = (key: string) => {
    const object = objects.get(key)
    return object === undefined ? [] : textOf(object).split(end).slice(header, -1)
  }
  const keys = () => [...objects.keys()].filter(isEvents).sort()

  return {
    ...rig,
    objects,
    keys,
    linesIn,
    manifests: () => [...objects.keys()].filter((key) => !isEvents(key)).sort(),
    /** Uid of each description. */
    uids: () =>
      new Map(
        keys()
          .flatMap(linesIn)
          .map((line) => [
            /(event-\d+|twin)/.exec(line)?.[0] ?? '',
            /(?<!cs")[0-9a-f]{64}/.exec(line)?.[0] ?? '',
          ]),
      ),
    /** The manifest of a window that ends after everything that was written. */
    async tend(hours = 2) {
      clock.aheadMs = hours * 3_600_000
      const now = () => Date.now() + clock.aheadMs
      const { id, connection } = rig.local
      const context = { id, connection, logger: silentLogger, version: '0.0.0', format: lineFormat(format) }
      const sink = definition.create(options, { ...context, now })
      await sink.tend?.(new AbortController().signal)
      await sink.close()
      // What follows is written after it.
      clock.aheadMs += 120_000
    },
    /** Replaces the lines of each object; an object without lines is deleted. */
    rewriteObjects(change: (lines: string[], key: string) => string[]): void {
      for (const key of keys()) {
        const object = objects.get(key)
        const before = linesIn(key)
        const after = change(before, key)
        if (object === undefined || before.join() === after.join()) continue
        const head = textOf(object).split(end).slice(0, header)
        const text = Buffer.from([...head, ...after].map((line) => line + end).join(''))
        const packed =
          compression === 'gzip' ? gzipSync(text) : compression === 'zstd' ? zstdCompressSync(text) : text
        if (after.length === 0) objects.delete(key)
        else objects.set(key, { ...object, body: packed })
      }
    },
  }
}
