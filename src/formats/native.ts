import type { AuditEvent } from '../event.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import type { NormalisedEvent } from '../normalise/normalise.ts'
import type { LineFormat } from './format.ts'
import { actionBytes, originBytes, timeBytes } from './native-names.ts'

/** One JSON object a line, its keys in the documented order. */
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
    const raw = textOfRaw(event.raw)
    if (raw !== undefined) {
      out.bytes(RAW)
      out.text(raw)
    }
    out.ascii('}')
    return out.toString()
  },
}

/** Appends the native line of a normalised event, whose record writes its JSON itself. `uid` is in hex. */
export function writeNative(out: ByteWriter, uid: string, normalised: NormalisedEvent): void {
  out.ascii('{"uid":"')
  out.ascii(uid)
  out.ascii('"')
  writeMembers(out, normalised.members)
  out.bytes(RAW)
  normalised.writeRaw(out)
  out.ascii('}')
}

/** Reads a native line. Throws SyntaxError when it isn't JSON. */
export function parseNative(line: Uint8Array): AuditEvent {
  return JSON.parse(decoder.decode(line)) as AuditEvent
}

const decoder = new TextDecoder()

/** All but the first and the last. Written by hand, because every event takes this path. */
function writeMembers(out: ByteWriter, event: Omit<AuditEvent, 'uid' | 'raw'>): void {
  const { actor, required, token, target } = event
  out.bytes(originBytes(event))
  out.bytes(timeBytes(event))
  out.bytes(actionBytes(event))
  out.json(actor.login)
  out.bytes(NAME)
  out.json(actor.name)
  if (actor.avatarUrl !== undefined) member(out, ',"avatarUrl":', actor.avatarUrl)
  if (actor.email !== undefined) member(out, ',"email":', actor.email)
  if (actor.urn !== undefined) member(out, ',"urn":', actor.urn)
  out.byte(CLOSE)
  if (token !== undefined) {
    out.ascii(',"token":')
    members(out, token, TOKEN_KEYS)
  }
  if (event.sourceIp !== undefined) member(out, ',"sourceIp":', event.sourceIp)
  out.bytes(flagBytes(required, event.authFailure))
  if (target !== undefined) {
    out.ascii(',"target":')
    members(out, target, TARGET_KEYS)
  }
  member(out, ',"description":', event.description)
}

function member(out: ByteWriter, key: string, text: string): void {
  out.ascii(key)
  out.json(text)
}

/** An object of those members that are there, in this order. */
function members<Key extends string>(
  out: ByteWriter,
  object: { readonly [Name in Key]?: string },
  keys: readonly (readonly [name: Key, first: string, next: string])[],
): void {
  let isFirst = true
  for (const [name, first, next] of keys) {
    const text = object[name]
    if (text === undefined) continue
    member(out, isFirst ? first : next, text)
    isFirst = false
  }
  out.ascii(isFirst ? '{}' : '}')
}

/** `JSON.parse` reads any depth, `JSON.stringify` overflows the stack: such a record would block its sink. */
function textOfRaw(raw: unknown): string | undefined {
  try {
    return JSON.stringify(raw)
  } catch {
    return undefined
  }
}

function flagBytes({ orgAdmin, stackAdmin }: AuditEvent['required'], authFailure: boolean): Uint8Array {
  return FLAGS[(orgAdmin ? 4 : 0) + (stackAdmin ? 2 : 0) + (authFailure ? 1 : 0)] as Uint8Array
}

const CLOSE = 0x7d
const RAW = Buffer.from(',"raw":')
const NAME = Buffer.from(',"name":')
const TOKEN_KEYS = keysOf('id', 'name')
const TARGET_KEYS = keysOf('type', 'name', 'project', 'stack', 'updateId', 'user', 'role')
const FLAGS = Array.from({ length: 8 }, (_, bits) => {
  const required = `"orgAdmin":${(bits & 4) !== 0},"stackAdmin":${(bits & 2) !== 0}`
  return Buffer.from(`,"required":{${required}},"authFailure":${(bits & 1) !== 0}`)
})

function keysOf<Key extends string>(...names: Key[]) {
  return names.map((name) => [name, `{"${name}":`, `,"${name}":`] as const)
}
