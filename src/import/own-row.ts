/** A row of the CSV that auditferry's own sinks write: the columns of the product's export, and the event's uid. */
import type { NewEvent } from '../archive/stored-archive.ts'
import type { RecordFields } from '../connector.ts'
import { writeNative } from '../formats/native.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { createNormaliser } from '../normalise/normalise.ts'

const UID = /^[0-9a-f]{64}$/

/** Whether a row is of such a file: all of a file have the same columns. */
export function hasUid({ raw }: RecordFields): boolean {
  return raw.includes('"UID":"')
}

/** Undefined for a row without a uid. It counts as read by `source`, and keeps its uid and organisation. */
export function ownEvent(
  record: RecordFields,
  { source }: { readonly source: string },
  observedAt: number,
): NewEvent | undefined {
  const { raw, timestamp } = record
  const { UID: uid = '', EventID: event = record.event, Organization = '' } = JSON.parse(raw)
  if (!UID.test(uid)) return undefined
  const normalise = createNormaliser({ source, organization: unguarded(Organization) })
  const line = new ByteWriter()
  writeNative(line, uid, normalise({ ...texts(record), event: unguarded(event), raw }, observedAt))
  return { uid, timestamp, line: line.written() }
}

function texts(record: RecordFields): Omit<RecordFields, 'raw'> {
  const { timestamp, avatarUrl, email, orgAdmin, stackAdmin, authFailure } = record
  return {
    timestamp,
    avatarUrl,
    email,
    orgAdmin,
    stackAdmin,
    authFailure,
    event: record.event,
    description: unguarded(record.description),
    sourceIp: unguarded(record.sourceIp),
    login: unguarded(record.login),
    name: unguarded(record.name),
    tokenId: unguarded(record.tokenId),
    tokenName: unguarded(record.tokenName),
    actorName: unguarded(record.actorName),
    actorUrn: unguarded(record.actorUrn),
  }
}

/** Takes back the apostrophe of `csv: {formula_guard: true}`. */
function unguarded(cell: string): string {
  return /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell
}
