/**
 * A manifest lists the objects of a window with their hashes, names the manifest before by its hash, and may be signed:
 * `{"manifest":{…},"sha256":"…","signature":{"algorithm":"Ed25519","key":"…","value":"…"}}`. Hash and signature are
 * over the JSON of `manifest` as it stands there.
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'
import { rfc3339 } from '../formats/rfc3339.ts'
import { addUid, digestHex, emptyDigest } from '../ledger/digest.ts'
import { sumLines } from './line-sums.ts'

export interface Manifest {
  readonly version: 1
  /** Id of the sink. */
  readonly sink: string
  /** From 0, which lists nothing and only marks the time from which manifests are kept. */
  readonly number: number
  /** Its own key in the bucket. */
  readonly key: string
  /** RFC 3339: the window; `to` is exclusive. */
  readonly from: string
  readonly to: string
  /** When the bucket was listed for it. */
  readonly at: string
  /** Null in the first. */
  readonly previous: { readonly key: string; readonly sha256: string } | null
  /** In the first: the objects that were there before it, and SHA-256 over their keys, each with a line feed. */
  readonly before?: { readonly objects: number; readonly sha256: string }
  /** Sorted by key. */
  readonly objects: readonly ManifestObject[]
}

export interface ManifestObject {
  readonly key: string
  /** Of the object's bytes. */
  readonly sha256: string
  readonly events: number
  /** Sum of the uids' first 16 bytes modulo 2^128, in hex. */
  readonly digest: string
  readonly first: { readonly uid: string; readonly time: string }
  readonly last: { readonly uid: string; readonly time: string }
  /** 64 hex: sums that name a line which was changed, see line-sums.ts. Not of a chained object. */
  readonly lines?: string
  /** All its events lie before the window. */
  readonly late?: true
}

export interface SealedManifest {
  readonly manifest: Manifest
  readonly sha256: string
  readonly signature?: { readonly algorithm: string; readonly key: string; readonly value: string }
}

/** The bytes of the manifest's object. `privateKey`: an Ed25519 key; without one the manifest is not signed. */
export function sealManifest(manifest: Manifest, privateKey: KeyObject | undefined): Buffer {
  const text = JSON.stringify(manifest)
  return bytesOf({
    manifest,
    sha256: hash('sha256', text),
    ...(privateKey !== undefined && { signature: signText(text, privateKey) }),
  })
}

/** Nothing but the members of a sealed manifest. */
function bytesOf({ manifest, sha256, signature }: SealedManifest): Buffer {
  const { algorithm, key, value } = signature ?? {}
  const sealed = {
    manifest,
    sha256,
    ...(signature !== undefined && { signature: { algorithm, key, value } }),
  }
  return Buffer.from(`${JSON.stringify(sealed)}\n`)
}

/**
 * Whether these are the bytes that were written: the hash is blind to blanks, to members beside it, and to the first of
 * two with one name, which others may read.
 */
export function isAsWritten(sealed: SealedManifest, bytes: Uint8Array): boolean {
  return bytesOf(sealed).equals(bytes)
}

const timeText = z.string().refine((text) => !Number.isNaN(Date.parse(text)))
const eventEnd = z.looseObject({ uid: z.string(), time: z.string() })
/** Every member that is used, since whoever changed a manifest may have put anything there. */
const sealedShape = z.looseObject({
  manifest: z.looseObject({
    number: z.int(),
    key: z.string(),
    from: timeText,
    to: timeText,
    at: timeText,
    objects: z.array(
      z.looseObject({
        key: z.string(),
        sha256: z.string(),
        events: z.int(),
        digest: z.string().regex(/^[0-9a-f]{32}$/),
        first: eventEnd,
        last: eventEnd,
        lines: z.optional(z.string().regex(/^[0-9a-f]{64}$/)),
      }),
    ),
  }),
  signature: z.optional(z.looseObject({ algorithm: z.string(), value: z.string() })),
})

/** Undefined for anything that is not a manifest. */
export function parseManifest(bytes: Uint8Array): SealedManifest | undefined {
  try {
    const sealed: unknown = JSON.parse(Buffer.from(bytes).toString())
    // Hashes are over the members as they stand there, in their order.
    return sealedShape.safeParse(sealed).success ? (sealed as SealedManifest) : undefined
  } catch {
    return undefined
  }
}

export function hashHolds({ manifest, sha256 }: SealedManifest): boolean {
  return hash('sha256', JSON.stringify(manifest)) === sha256
}

export function signatureHolds({ manifest, signature }: SealedManifest, publicKey: KeyObject): boolean {
  if (signature?.algorithm !== 'Ed25519' || signature.key !== nameOf(publicKey)) return false
  const value = Buffer.from(signature.value, 'base64')
  if (value.toString('base64') !== signature.value) return false
  return verify(null, Buffer.from(JSON.stringify(manifest)), publicKey, value)
}

/** Throws, without quoting the text, unless it is an Ed25519 key in PEM. */
export function readPrivateKey(pem: string): KeyObject {
  if (pem.includes('ENCRYPTED')) {
    throw new Error(
      'it is encrypted with a passphrase; `openssl pkey -in KEY -out PLAIN` writes it without one',
    )
  }
  return ed25519(() => createPrivateKey(pem), 'a private key')
}

export function readPublicKey(pem: string): KeyObject {
  return ed25519(() => createPublicKey(pem), 'a public key')
}

function ed25519(read: () => KeyObject, what: string): KeyObject {
  let key: KeyObject | undefined
  try {
    key = read()
  } catch {
    // The parser's message says nothing that helps, and might show a part of the key.
  }
  if (key?.asymmetricKeyType === 'ed25519') return key
  throw new Error(`expected ${what} of Ed25519 in PEM, as \`openssl genpkey -algorithm ed25519\` makes it`)
}

function signText(text: string, key: KeyObject) {
  const value = sign(null, Buffer.from(text), key).toString('base64')
  return { algorithm: 'Ed25519', key: nameOf(createPublicKey(key)), value }
}

function nameOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' })).slice(0, 16)
}

export interface WrittenEvent {
  readonly uid: string
  readonly timestamp: number
}

/** What a manifest says about an object, made while its bytes are at hand. */
export function describeObject(
  key: string,
  body: Uint8Array,
  events: readonly WrittenEvent[],
  lines: Iterable<Uint8Array> | undefined,
): ManifestObject {
  const digest = emptyDigest()
  for (const { uid } of events) addUid(digest, uid)
  const end = ({ uid, timestamp }: WrittenEvent) => ({ uid, time: timeOf(timestamp * 1000) })
  const [first, last] = [events.at(0), events.at(-1)]
  if (first === undefined || last === undefined) throw new RangeError('an object needs an event')
  const sha256 = hash('sha256', body)
  return {
    ...{ key, sha256, events: events.length, digest: digestHex(digest), first: end(first), last: end(last) },
    ...(lines !== undefined && { lines: sumLines(lines) }),
  }
}

/** Milliseconds as RFC 3339, without fractions. */
export function timeOf(ms: number): string {
  return rfc3339(Math.floor(ms / 1000))
}

/**
 * As object metadata (`x-amz-meta-…`), from which the description can be restored after a kill. In two values, since
 * OpenStack Swift accepts none over 256 bytes (`max_meta_value_length`).
 */
export function toMetadata(it: ManifestObject, privateKey: KeyObject | undefined): Record<string, string> {
  const { sha256, events, digest, first, last, lines = [] } = it
  const head = [sha256, events, digest, first.uid, first.time].join(' ')
  const rest = [last.uid, last.time].concat(lines).join(' ')
  const fields = `${head} ${rest}`
  const proof = privateKey === undefined ? {} : { 'auditferry-proof': proofOf(it.key, fields, privateKey) }
  return { 'auditferry-object': head, 'auditferry-object-rest': rest, ...proof }
}

/** Undefined if the object wasn't written with one, or, where there is a key, not by its holder. */
export function fromMetadata(
  key: string,
  metadata: Readonly<Record<string, string>>,
  privateKey: KeyObject | undefined,
): ManifestObject | undefined {
  const { 'auditferry-object': head = '', 'auditferry-object-rest': rest = '' } = metadata
  const fields = `${head} ${rest}`
  const [sha256, events, digest, firstUid, firstTime, lastUid, lastTime, lines] = fields.split(' ')
  if (sha256 === undefined || digest === undefined || firstUid === undefined || firstTime === undefined)
    return undefined
  if (lastUid === undefined || lastTime === undefined) return undefined
  if (privateKey !== undefined && metadata['auditferry-proof'] !== proofOf(key, fields, privateKey))
    return undefined
  const [first, last] = [
    { uid: firstUid, time: firstTime },
    { uid: lastUid, time: lastTime },
  ]
  return { key, sha256, events: Number(events), digest, first, last, ...(lines !== undefined && { lines }) }
}

/** Ed25519 signs the same text the same way each time. */
function proofOf(key: string, fields: string, privateKey: KeyObject): string {
  return sign(null, Buffer.from(`${key}\n${fields}`), privateKey).toString('base64')
}
