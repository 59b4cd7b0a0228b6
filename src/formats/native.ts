import type { AuditEvent } from '../event.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import type { NormalisedEvent } from '../normalise/normalise.ts'
import type { LineFormat } from './format.ts'
import { actionBytes, originBytes, timeBytes } from './native-names.ts'
import { recordText, withLine } from './record-text.ts'

/** One JSON object per line, with its keys in the documented order. */
export const native: LineFormat = {
  name: 'native',
  contentType: 'application/json',
  extension: 'ndjson',
  lineEnd: '\n',
  encode(event) {
    const out = new ByteWriter()
    out.ascii('{"uid":')
    out.json(event.uid)
    writeMembers(out, event)
    if (event.enrichment !== undefined) {
      out.ascii(',"enrichment":')
      out.text(JSON.stringify(event.enrichment))
    }
    const raw = recordText(event)
    if (raw !== undefined) {
      out.bytes(RAW)
      out.text(raw)
    }
    out.ascii('}')
    return out.toString()
  },
}

/** Appends the native line of a normalised event, which writes its record's JSON itself. `uid` is in hex. */
export function writeNative(out: ByteWriter, uid: string, normalised: NormalisedEvent): void {
  out.ascii('{"uid":"')
  out.ascii(uid)
  out.ascii('"')
  writeMembers(out, normalised.members)
  out.bytes(RAW)
  normalised.writeRaw(out)
  out.ascii('}')
}

/** Reads a native line. Throws SyntaxError if it isn't JSON. */
export function parseNative(line: Uint8Array): AuditEvent {
  return parseNativeText(decoder.decode(line))
}

/** The same for a string. */
export function parseNativeText(line: string): AuditEvent {
  return withLine(JSON.parse(line) as AuditEvent, line)
}

/**
 * Reads all of a native line except its record, which is most of it and comes last. Throws SyntaxError if it isn't
 * JSON.
 */
export function parseWithoutRaw(line: Uint8Array): Omit<AuditEvent, 'raw'> {
  const head = headOf(line)
  if (head === undefined) return parseNative(line)
  try {
    return JSON.parse(`${head}}`)
  } catch {
    // Something nested has a member of that name, too.
    return parseNative(line)
  }
}

/** A native line up to its record; undefined if there is none. */
export function headOf(line: Uint8Array): string | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  const end = bytes.indexOf(RAW)
  return end === -1 ? undefined : bytes.toString('utf8', 0, end)
}

const decoder = new TextDecoder()

/** All but the first and the last member. Written by hand, because every event takes this path. */
function writeMembers(out: ByteWriter, event: Omit<AuditEvent, 'uid' | 'raw'>): void {
  const { actor, required, token, target } = event
  out.bytes(originBytes(event))
  out.bytes(timeBytes(event))
  out.bytes(actionBytes(event))
  out.json(actor.login)
  out.bytes(NAME)
  out.json(actor.name)
  member(out, ',"avatarUrl":', actor.avatarUrl)
  member(out, ',"email":', actor.email)
  member(out, ',"urn":', actor.urn)
  out.byte(CLOSE)
  if (token !== undefined) {
    out.ascii(',"token":')
    const start = out.size
    member(out, ',"id":', token.id)
    member(out, ',"name":', token.name)
    out.closeObject(start)
  }
  member(out, ',"sourceIp":', event.sourceIp)
  out.bytes(flagBytes(required, event.authFailure))
  if (target !== undefined) {
    out.ascii(',"target":')
    const start = out.size
    member(out, ',"type":', target.type)
    member(out, ',"name":', target.name)
    member(out, ',"project":', target.project)
    member(out, ',"stack":', target.stack)
    member(out, ',"updateId":', target.updateId)
    member(out, ',"user":', target.user)
    member(out, ',"role":', target.role)
    out.closeObject(start)
  }
  member(out, ',"description":', event.description)
}

function member(out: ByteWriter, key: string, text: string | undefined): void {
  if (text === undefined) return
  out.ascii(key)
  out.json(text)
}

function flagBytes({ orgAdmin, stackAdmin }: AuditEvent['required'], authFailure: boolean): Uint8Array {
  return FLAGS[(orgAdmin ? 4 : 0) + (stackAdmin ? 2 : 0) + (authFailure ? 1 : 0)] as Uint8Array
}

const CLOSE = 0x7d
const RAW = Buffer.from(',"raw":')
const NAME = Buffer.from(',"name":')
const FLAGS = Array.from({ length: 8 }, (_, bits) => {
  const required = `"orgAdmin":${(bits & 4) !== 0},"stackAdmin":${(bits & 2) !== 0}`
  return Buffer.from(`,"required":{${required}},"authFailure":${(bits & 1) !== 0}`)
})
