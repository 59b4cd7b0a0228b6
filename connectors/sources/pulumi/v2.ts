/** The JSON list: its entries as records, and the token of the next page. */
import type { SourceRecord } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { excerptOf } from '../../../src/lib/http/outcome.ts'
import { oneLine } from '../../../src/lib/json-text.ts'
import { createEntryReader, type EntryReader } from './entries.ts'
import { keptOf } from './keep.ts'
import { recordOfEntry } from './normalise.ts'
import { CHECK_ADDRESS, Refusal } from './refusal.ts'

interface List {
  readonly records: AsyncGenerator<SourceRecord[]>
  /** Known once `records` has ended. */
  token(): string | undefined
}

type Clean = (text: string) => string

/**
 * `latest`: the latest accepted second; `clean` removes secrets from what a message quotes of the text. Throws
 * SourceError if the text is no list.
 */
export function readList(pieces: AsyncIterable<Buffer>, latest: number, clean: Clean = (text) => text): List {
  let token: string | undefined
  async function* records(): AsyncGenerator<SourceRecord[]> {
    const reader = createEntryReader()
    let isFirst = true
    for await (const piece of pieces) {
      if (isFirst) refuseOther(piece, clean)
      isFirst = false
      const entries = reader.push(piece).map((entry) => recordOfBytes(entry, latest))
      if (entries.length > 0) yield entries
    }
    token = tokenOf(restOf(reader), clean)
  }
  return { records: records(), token: () => token }
}

function restOf(reader: EntryReader): unknown {
  try {
    return reader.end()
  } catch (thrown) {
    throw new Refusal('transient', { problem: `the list ${messageOf(thrown)}`, cure: CHECK_ADDRESS })
  }
}

function recordOfBytes(bytes: Buffer, latest: number): SourceRecord {
  const text = bytes.toString('utf8').trim()
  let entry: unknown
  try {
    entry = JSON.parse(text)
  } catch {
    return unreadable('entry is not valid JSON', bytes)
  }
  // A one-line entry stays unchanged; a pretty-printed one would break the line formats.
  const record = recordOfEntry(entry, oneLine(text), latest)
  return typeof record === 'string' ? unreadable(record, bytes) : record
}

function unreadable(reason: string, bytes: Buffer): SourceRecord {
  return keptOf(reason, bytes.length, (most) =>
    most < bytes.length ? Buffer.from(bytes.subarray(0, most)) : bytes,
  )
}

/** An empty list may be null, and an answer without any event may have no keys at all; the token may be absent. */
function tokenOf(answer: unknown, clean: Clean): string | undefined {
  const { auditLogEvents: list, continuationToken: token } = (answer ?? {}) as Record<string, unknown>
  const isEmpty = list === null || Object.keys(answer ?? {}).length === 0
  // An error with status 200 is not an empty log: the checkpoint would pass what it hides.
  if (!isEmpty && !Array.isArray(list))
    throw noList('another JSON object instead of a list', clean(JSON.stringify(answer)))
  return typeof token === 'string' && token !== '' ? token : undefined
}

function refuseOther(piece: Buffer, clean: Clean): void {
  const start = clean(piece.toString()).slice(0, 1000).trim()
  if (start === '' || start.startsWith('{')) return
  throw noList(`${start.startsWith('<') ? 'HTML' : 'other text'} instead of JSON`, start)
}

function noList(what: string, text: string): Refusal {
  const problem = `the list came as ${what}${excerptOf(text)}`
  return new Refusal('transient', { problem, cure: CHECK_ADDRESS })
}
