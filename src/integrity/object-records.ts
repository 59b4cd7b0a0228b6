/** What the sink of a bucket keeps of its objects for verification: their chain, their metadata, their manifests. */

import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { messageOf, UsageError } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import { duration, path } from '../lib/options.ts'
import {
  describeObject,
  fromMetadata,
  type ManifestObject,
  readPrivateKey,
  toMetadata,
  type WrittenEvent,
} from './manifest.ts'
import type { ManifestBucket } from './manifest-chain.ts'
import { createManifestKeeper } from './manifest-keeper.ts'

export const manifestOption = z
  .strictObject({
    every: duration({ min: '5m', max: '24h' })
      .prefault('1h')
      .describe('Length of a window, 5m to 24h. Its manifest is written 15 minutes after it is over.'),
    signing_key_file: path({ exists: true })
      .check(({ value, issues }) => {
        const fault = whyNoKey(value)
        if (fault !== undefined) issues.push({ code: 'custom', input: value, message: fault })
      })
      .optional()
      .describe('Private Ed25519 key in PEM that signs each manifest.'),
  })
  .optional()
  .describe(
    'Writes a signed or unsigned list of the objects of each window, with their hashes, to `manifests/` below the prefix.',
  )

export interface ObjectRecords {
  /** Throws until manifests can be kept. */
  begin(signal: AbortSignal): Promise<void>
  /** Metadata that an object is written with. `lines`: its events as they stand there, unless they are chained. */
  describe(
    key: string,
    body: Uint8Array,
    events: readonly WrittenEvent[],
    lines: Iterable<Uint8Array> | undefined,
  ): Written
  /** What an object's metadata says about it, if it was written here. */
  recall(key: string, metadata: Readonly<Record<string, string>>): ManifestObject | undefined
  /** Manifests that are due. Throws an Error that says which one failed; its `cause` is what the bucket threw. */
  tend(signal: AbortSignal): Promise<void>
}

interface Written {
  readonly metadata: Readonly<Record<string, string>>
  /** The object exists, as it was described. */
  done(): void
}

interface RecordParts {
  readonly sink: string
  readonly prefix: string
  readonly bucket: ManifestBucket
  readonly logger: Logger
  readonly now: () => number
}

/** Without `manifest` nothing is kept. */
export function createObjectRecords(
  manifest: z.output<typeof manifestOption>,
  it: RecordParts,
): ObjectRecords {
  if (manifest === undefined) return NO_RECORDS
  const privateKey = loadKey(manifest.signing_key_file)
  const keeper = createManifestKeeper({ ...it, everyMs: manifest.every, privateKey })
  return {
    begin: keeper.begin,
    recall: (key, metadata) => fromMetadata(key, metadata, privateKey),
    tend: keeper.tend,
    describe(key, body, events, lines) {
      const object = describeObject(key, body, events, lines)
      return { metadata: toMetadata(object, privateKey), done: () => keeper.wrote(object) }
    },
  }
}

const NO_RECORDS: ObjectRecords = {
  async begin() {},
  describe: () => ({ metadata: {}, done() {} }),
  recall: () => undefined,
  async tend() {},
}

/** A file that can't be read is told of elsewhere. */
function whyNoKey(file: string): string | undefined {
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    readPrivateKey(pem)
  } catch (error) {
    return messageOf(error)
  }
}

function loadKey(file: string | undefined): KeyObject | undefined {
  if (file === undefined) return undefined
  try {
    return readPrivateKey(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`signing_key_file ${file}: ${messageOf(error)}`)
  }
}
