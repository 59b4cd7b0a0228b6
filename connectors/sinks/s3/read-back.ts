/** What lies in the objects of the hours of a range. */
import type { ReadBackRange, SinkContext } from '../../../src/connector.ts'
import type { StoredEvent } from '../../../src/formats/read-back.ts'
import { storedLines } from '../../../src/lib/stored-lines.ts'
import { unlessGone } from '../../../src/lib/unless-gone.ts'
import type { ObjectStore } from './client.ts'
import type { S3Config } from './config.ts'
import { hourFolder, keyPrefix, partitionPrefix } from './encode.ts'

/** Keys of one layout are in the order of time, so that one listing from the first hour on holds the range. */
export async function* readObjects(
  store: ObjectStore,
  config: S3Config,
  { format }: SinkContext,
  { from, to, organization }: ReadBackRange,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent | string> {
  const prefix = keyPrefix(config.prefix) + partitionPrefix(organization, config.layout)
  const first = prefix + hourFolder(from, config.layout)
  const last = prefix + hourFolder(to - 1, config.layout)
  const ending = new RegExp(`\\.${format.extension}(\\.gz|\\.zst)?$`)
  for await (const { key } of store.list(prefix, signal, first)) {
    if (key > last && !key.startsWith(last)) return
    if (!ending.test(key)) continue
    const object = await unlessGone(store.stream(key, signal))
    if (object !== undefined) yield* storedLines(key, object, format)
  }
}
