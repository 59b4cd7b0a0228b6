/** A row of the CSV that auditferry's own sinks write: the columns of the product's export, and the event's uid. */
import type { RecordFields } from '../connector.ts'
import { writeNative } from '../formats/native.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { identitiesOfRow, identityOfUid, unguarded } from '../verify/recompute.ts'
import { FOREIGN_UID } from './own-uid.ts'
import type { FileItem, FileOrigin } from './read-file.ts'

const UID = /^[0-9a-f]{64}$/

/** Whether a row is of such a file: all of a file have the same columns. */
export function hasUid({ raw }: RecordFields): boolean {
  return raw.includes('"UID":"')
}

/** Undefined for a row without a uid. It counts as read by `source`, and keeps its uid and organisation. */
export function ownEvent(
  record: RecordFields,
  { source, redacted }: Pick<FileOrigin, 'source' | 'redacted'>,
  observedAt: number,
): FileItem | undefined {
  const { raw, timestamp } = record
  const row = JSON.parse(raw)
  const { UID: uid = '', EventID: event = record.event, Organization = '' } = row
  if (!UID.test(uid)) return undefined
  const [bare, asItIs] = identitiesOfRow(row)
  const identity = redacted ? bare : identityOfUid(uid, [bare, asItIs])
  if (identity === undefined) {
    return { line: record.line, refused: uid, fault: FOREIGN_UID }
  }
  const cell = identity === bare ? unguarded : (text: string) => text
  const normalise = createNormaliser({ source, organization: cell(Organization) })
  const line = new ByteWriter()
  writeNative(line, uid, normalise({ ...texts(record, cell), event: cell(event), raw }, observedAt))
  return { uid, timestamp, line: line.written() }
}

function texts(record: RecordFields, cell: (text: string) => string): Omit<RecordFields, 'raw'> {
  const { timestamp, avatarUrl, email, orgAdmin, stackAdmin, authFailure } = record
  return {
    timestamp,
    avatarUrl,
    email,
    orgAdmin,
    stackAdmin,
    authFailure,
    event: record.event,
    description: cell(record.description),
    sourceIp: cell(record.sourceIp),
    login: cell(record.login),
    name: cell(record.name),
    tokenId: cell(record.tokenId),
    tokenName: cell(record.tokenName),
    actorName: cell(record.actorName),
    actorUrn: cell(record.actorUrn),
  }
}
