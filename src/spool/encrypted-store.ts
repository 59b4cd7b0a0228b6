/**
 * Encryption at rest, for every store alike: spool entries, dead letters, quarantined records and the reasons of all
 * failures (a receiver's answer may quote an event) are sealed with AES-256-GCM (NIST SP 800-38D) under a random nonce
 * of 96 bits, bound to the place where they belong. The first key seals, and every key opens: to rotate, put a new one
 * first. What was stored before there was a key stays readable. Without a key nothing is sealed, and sealed data is
 * not mistaken for damage.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import { messageOf, OperationError } from '../errors.ts'
import type { DeadLetter, Entry, Published, QuarantinedRecord, Settlement, Store } from './store.ts'

const MAGIC = Buffer.from('afE1')
const KEY_ID_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = MAGIC.length + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES

/** `keys`: 32 bytes each. */
export function encryptStore(store: Store, keys: readonly Buffer[]): Store {
  const box = createBox(keys)
  const sealEntry = (source: string, entry: Entry): Entry => ({
    ...entry,
    blob: box.seal(entry.blob, entryPlace(source, entry.base)),
  })
  const sealRecord = (it: QuarantinedRecord): QuarantinedRecord => ({
    ...it,
    bytes: box.seal(it.bytes, `quarantine ${it.id}`),
    reason: box.sealText(it.reason, `quarantine ${it.id} reason`),
  })
  const sealLetter = ({ unreadable, ...it }: DeadLetter): DeadLetter =>
    unreadable !== undefined
      ? it
      : {
          ...it,
          event: box.sealText(it.event, `letter ${it.id} event`),
          answer: box.sealText(it.answer, `letter ${it.id} answer`),
          reason: box.sealText(it.reason, `letter ${it.id} reason`),
        }
  /** One whose key is gone must not hide the others, nor keep them from being sent or dropped. */
  const openLetter = (it: DeadLetter): DeadLetter => {
    try {
      return {
        ...it,
        event: box.openText(it.event, `letter ${it.id} event`),
        answer: box.openText(it.answer, `letter ${it.id} answer`),
        reason: box.openText(it.reason, `letter ${it.id} reason`),
      }
    } catch (error) {
      const unreadable = messageOf(error)
      return { ...it, reason: unreadable, unreadable }
    }
  }
  /** As with dead letters. */
  const openRecord = (it: QuarantinedRecord): QuarantinedRecord => {
    try {
      return {
        ...it,
        bytes: box.open(it.bytes, `quarantine ${it.id}`),
        reason: box.openText(it.reason, `quarantine ${it.id} reason`),
      }
    } catch (error) {
      return { ...it, reason: messageOf(error) }
    }
  }
  const sealSettlement = ({
    deadLettered,
    state: { lastError, ...state },
    ...it
  }: Settlement): Settlement => ({
    ...it,
    state:
      lastError === undefined ? state : { ...state, lastError: box.sealText(lastError, errorPlace(it.sink)) },
    deadLettered: deadLettered.map(sealLetter),
  })
  /** No reason is none for whoever lacks the key, too. */
  const sealHealth = (component: string, it: Published): Published =>
    it.reason === '' ? it : { ...it, reason: box.sealText(it.reason, healthPlace(component)) }
  /** One whose key is gone must not keep anything from working. */
  const openReason = (text: string, place: string): string => {
    try {
      return box.openText(text, place)
    } catch (error) {
      return messageOf(error)
    }
  }
  return {
    ...store,
    publish: (component, health) => store.publish(component, sealHealth(component, health)),
    async published(component) {
      const health = await store.published(component)
      return health && { ...health, reason: openReason(health.reason, healthPlace(component)) }
    },
    async loadLane(sink) {
      const lane = await store.loadLane(sink)
      if (lane?.lastError === undefined) return lane
      return { ...lane, lastError: openReason(lane.lastError, errorPlace(sink)) }
    },
    append: ({ entry, quarantined, ...it }) =>
      store.append({
        ...it,
        ...(entry && { entry: sealEntry(it.source, entry) }),
        quarantined: quarantined.map(sealRecord),
      }),
    async readEntry(source, offset) {
      const entry = await store.readEntry(source, offset)
      return entry && { ...entry, blob: box.open(entry.blob, entryPlace(source, entry.base)) }
    },
    settle: (settlements) => store.settle(settlements.map(sealSettlement)),
    queueReplays: (replays) => store.queueReplays(replays.map(sealLetter)),
    deadLetters: async (query) => (await store.deadLetters(query)).map(openLetter),
    async quarantine(source, limit) {
      return (await store.quarantine(source, limit)).map(openRecord)
    },
  }
}

function entryPlace(source: string, base: number): string {
  return `entry ${source} ${base}`
}

function errorPlace(sink: string): string {
  return `reason of sink ${sink}`
}

function healthPlace(component: string): string {
  return `reason of ${component} now`
}

function createBox(keys: readonly Buffer[]) {
  const known = keys.map((key) => ({ key, id: keyId(key) }))
  const [first] = known

  const seal = (plain: Uint8Array, place: string): Uint8Array => {
    if (first === undefined) return plain
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', first.key, nonce).setAAD(Buffer.from(place))
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    return Buffer.concat([MAGIC, first.id, nonce, cipher.getAuthTag(), body])
  }
  const open = (sealed: Uint8Array, place: string): Uint8Array => {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
    if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return sealed
    const parts = cut(bytes, [MAGIC.length, KEY_ID_BYTES, NONCE_BYTES, TAG_BYTES])
    const [, id, nonce, tag, body] = parts as [Buffer, Buffer, Buffer, Buffer, Buffer]
    const found = known.find((it) => it.id.equals(id))
    if (found === undefined) {
      const cure =
        first === undefined
          ? 'and state.encryption_key is not set: set the key that it was written with'
          : 'with a key that state.encryption_key does not list: add the key that it was written with behind the first one'
      throw new OperationError(`a stored ${place.split(' ')[0]} is encrypted ${cure}`)
    }
    try {
      const decipher = createDecipheriv('aes-256-gcm', found.key, nonce)
        .setAAD(Buffer.from(place))
        .setAuthTag(tag)
      return Buffer.concat([decipher.update(body), decipher.final()])
    } catch {
      throw new OperationError(
        `a stored ${place.split(' ')[0]} was altered: its authentication tag does not match`,
      )
    }
  }
  const textMagic = `${MAGIC.toString()}:`
  return {
    seal,
    open,
    sealText: (text: string, place: string) =>
      first === undefined ? text : textMagic + Buffer.from(seal(Buffer.from(text), place)).toString('base64'),
    openText: (text: string, place: string) =>
      text.startsWith(textMagic)
        ? Buffer.from(open(Buffer.from(text.slice(textMagic.length), 'base64'), place)).toString()
        : text,
  }
}

function keyId(key: Buffer): Buffer {
  return Buffer.from(hash('sha256', key, 'hex'), 'hex').subarray(0, KEY_ID_BYTES)
}

/** Pieces of these lengths, then the rest. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  let at = 0
  const pieces = lengths.map((length) => {
    at += length
    return bytes.subarray(at - length, at)
  })
  return [...pieces, bytes.subarray(at)]
}
