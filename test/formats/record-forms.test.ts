/**
 * One event in whichever form it arrives: as a CSV row of v1 or a JSON entry of v2, with its id or its display name.
 */
import { expect, test } from 'vitest'
import { columnsOf, recordOfEntry, recordOfRow } from '../../connectors/sources/pulumi/normalise.ts'
import type { RecordFields } from '../../src/connector.ts'
import { type AuditEvent, eventUid } from '../../src/event.ts'
import { FORMAT_NAMES, lineFormat } from '../../src/formats/formats.ts'
import { catalogue } from '../../src/normalise/catalogue.ts'
import { createNormaliser } from '../../src/normalise/normalise.ts'
import { eventOf, eventOfEach } from './sample-events.ts'

const OBSERVED_AT = 1_795_384_799_123
const LATEST = 2_000_000_000
const normalise = createNormaliser({ source: 'main', organization: 'acme' })
const HEADER =
  'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure,' +
  'TokenID,TokenName,ActorName,ActorUrn'

interface Entry {
  readonly actorName?: string
  readonly [member: string]: unknown
}

/** One of each id, one without a user, one of an unknown id; without what only v2 shows. */
const entries: readonly Entry[] = [
  ...eventOfEach(),
  eventOf({ event: 'stack-deleted', login: '', name: '', actorName: 'ci', actorUrn: 'urn:deploy:7' }),
  eventOf({ event: 'Quantum Stack Entangled', authFailure: true }),
].map(({ raw }) => {
  const { user, ...entry } = raw as { user: Record<string, unknown> }
  return { ...entry, user: { name: user.name, githubLogin: user.githubLogin } }
})
const displayNames = new Map(catalogue.map(({ event, name }) => [event, name]))
const ids = new Map(catalogue.map(({ event, name }) => [name, event]))

test.each(FORMAT_NAMES.filter((name) => name !== 'raw'))('%s says the same of all', (name) => {
  const format = lineFormat(name)
  const read = (event: AuditEvent) => [event.action, withoutRecord(format.encode(event))]
  for (const entry of entries) {
    const expected = read(fromEntry(entry))
    expect(read(fromRow(entry, HEADER))).toEqual(expected)
    expect(read(fromRow(entry, HEADER.toUpperCase()))).toEqual(expected)
    expect(read(fromEntry({ ...entry, event: otherSpelling(String(entry.event)) }))).toEqual(expected)
  }
})

test('a record keeps the form in which it came', () => {
  const raw = (event: AuditEvent) => JSON.parse(lineFormat('raw').encode(event)) as unknown
  const entry = entries[0] as Entry
  expect(raw(fromEntry(entry))).toEqual(entry)
  expect(Object.keys(raw(fromRow(entry, HEADER)) as object)).toEqual(HEADER.split(','))
})

function fromEntry(entry: Entry): AuditEvent {
  return complete(recordOfEntry(entry, JSON.stringify(entry), LATEST))
}

function fromRow(entry: Entry, header: string): AuditEvent {
  const user = entry.user as { name: string; githubLogin: string }
  const cells = [
    ...[new Date(Number(entry.timestamp) * 1000).toISOString(), user.name, user.githubLogin, entry.event],
    ...[entry.description, entry.sourceIP, entry.reqOrgAdmin, entry.reqStackAdmin, entry.authFailure],
    ...[entry.tokenID, entry.tokenName, entry.actorName, entry.actorUrn],
  ].map((cell) => String(cell ?? ''))
  return complete(recordOfRow(cells, columnsOf(header.split(',')), LATEST))
}

function complete(record: RecordFields | string): AuditEvent {
  if (typeof record === 'string') throw new Error(record)
  const { members, identity } = normalise(record, OBSERVED_AT)
  return { uid: eventUid(identity, 0), ...members, raw: JSON.parse(record.raw) as unknown }
}

function otherSpelling(event: string): string {
  return displayNames.get(event) ?? ids.get(event) ?? event
}

/** A JSON line without the record itself, wherever the format puts that. */
function withoutRecord(line: string): unknown {
  if (!line.startsWith('{')) return line
  return JSON.parse(line, (key, value: unknown) => {
    if (key === 'raw' || key === 'Raw') return undefined
    const isRecord = typeof value === 'object' && value !== null && 'key' in value
    return isRecord && value.key === 'log.record.original' ? null : value
  })
}
