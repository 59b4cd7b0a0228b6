/** Encryption at rest: nothing in the file is readable, altered or moved data is refused, and keys rotate. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { OperationError } from '../../src/errors.ts'
import { encryptStore } from '../../src/spool/encrypted-store.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { DeadLetter, Published, Store } from '../../src/spool/store.ts'
import { storeSuite } from '../conformance/store.ts'
import { append, deadLetter, entry, quarantined, SOURCE, settlement } from '../conformance/store-samples.ts'
import { makeFolder, tempFolder } from './temp-folder.ts'

const [OLD, NEW] = [randomBytes(32), randomBytes(32)]
const SECRET = 'the dana who decrypted it'

function openPlain(folder = tempFolder()): Store {
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close().catch(() => undefined))
  return store
}

it('leaves nothing readable in the files', async () => {
  const folder = tempFolder()
  const store = encryptStore(openPlain(folder), [OLD])
  const bytes = Buffer.from(SECRET)
  await store.append(
    append({ entry: entry(0, 1, bytes), quarantined: [{ ...quarantined('q', 1), bytes, reason: SECRET }] }),
  )
  const letter = deadLetter('d', { event: SECRET, answer: SECRET, reason: SECRET })
  const { sink, state } = settlement()
  await store.settle([settlement({ deadLettered: [letter], state: { ...state, lastError: SECRET } })])
  await store.queueReplays([deadLetter('r', { event: SECRET, state: 'replay' })])
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)))
  expect(files.length).toBeGreaterThan(1)
  expect(files.filter((file) => file.includes(SECRET))).toEqual([])
  expect(Buffer.from((await store.readEntry(SOURCE, 0))?.blob ?? []).toString()).toBe(SECRET)
  expect(Buffer.from((await store.quarantine(SOURCE, 1))[0]?.bytes ?? []).toString()).toBe(SECRET)
  expect((await store.quarantine(SOURCE, 1))[0]).toMatchObject({ reason: SECRET })
  expect(await store.deadLetters({})).toEqual([letter])
  expect((await store.deadLetters({ state: 'replay' }))[0]).toMatchObject({ event: SECRET })
  expect(await store.loadLane(sink)).toEqual({ ...state, lastError: SECRET })
})

it('reads what was stored before there was a key, and under keys that are still listed', async () => {
  const plain = openPlain()
  await plain.append(append({ entry: entry(0, 1, Buffer.from('plain')) }))
  await encryptStore(plain, [OLD]).append(append({ entry: entry(1, 1, Buffer.from('old')) }))
  const rotated = encryptStore(plain, [NEW, OLD])
  await rotated.append(append({ entry: entry(2, 1, Buffer.from('new')) }))
  const read = async (store: Store, at: number) =>
    Buffer.from((await store.readEntry(SOURCE, at))?.blob ?? []).toString()
  expect(await Promise.all([0, 1, 2].map((at) => read(rotated, at)))).toEqual(['plain', 'old', 'new'])
  const forgotten = read(encryptStore(plain, [NEW]), 1)
  await expect(forgotten).rejects.toThrow(OperationError)
  await expect(forgotten).rejects.toThrow(
    /state\.encryption_key does not list: add the key that it was written with behind the first one/,
  )
})

it('says that the key is missing, and takes nothing for damage, where it was taken out', async () => {
  const plain = openPlain()
  const bytes = Buffer.from('sealed')
  const sealed = encryptStore(plain, [OLD])
  await sealed.append(append({ entry: entry(0, 1, bytes), quarantined: [{ ...quarantined('q', 1), bytes }] }))
  const { sink, state } = settlement()
  const lane = { ...state, lastError: 'sealed' }
  await sealed.settle([settlement({ deadLettered: [deadLetter('d', { event: 'sealed' })], state: lane })])
  const keyless = encryptStore(plain, [])
  const says = /is encrypted and state\.encryption_key is not set: set the key that it was written with/
  await expect(keyless.readEntry(SOURCE, 0)).rejects.toThrow(says)
  expect(await keyless.quarantine(SOURCE, 1)).toMatchObject([
    { id: 'q', reason: expect.stringMatching(says) },
  ])
  expect(await keyless.deadLetters({})).toMatchObject([{ id: 'd', unreadable: expect.stringMatching(says) }])
  expect(await keyless.loadLane(sink)).toEqual({ ...state, lastError: expect.stringMatching(says) })
  await keyless.append(append({ entry: entry(1, 1, Buffer.from('plain')) }))
  expect(Buffer.from((await plain.readEntry(SOURCE, 1))?.blob ?? []).toString()).toBe('plain')
})

it('tells other processes why something fails, and nobody else', async () => {
  const told = new Map<string, Published>()
  const shared: Store = {
    ...openPlain(),
    publish: async (component, health) => void told.set(component, health),
    published: async (component) => told.get(component),
  }
  const store = encryptStore(shared, [OLD])
  await store.publish('sink soc', { state: 'throttled', reason: SECRET })
  await store.publish('source acme', { state: 'ok', reason: '' })
  expect(JSON.stringify([...told])).not.toContain(SECRET)
  expect(await store.published('sink soc')).toEqual({ state: 'throttled', reason: SECRET })
  const keyless = encryptStore(shared, [])
  expect(await keyless.published('sink soc')).toEqual({
    state: 'throttled',
    reason: expect.stringContaining('a stored reason is encrypted'),
  })
  expect(await keyless.published('source acme')).toEqual({ state: 'ok', reason: '' })
})

it('reads the other dead letters beside one whose key is gone, and writes that back as it was', async () => {
  const plain = openPlain()
  const settle = (store: Store, ...deadLettered: DeadLetter[]) => store.settle([settlement({ deadLettered })])
  await settle(encryptStore(plain, [OLD]), deadLetter('a', { event: SECRET, answer: SECRET }))
  const store = encryptStore(plain, [NEW])
  await settle(store, deadLetter('b', { event: SECRET }))
  const [lost, found] = await store.deadLetters({})
  expect([lost, found]).toMatchObject([
    { id: 'a', unreadable: expect.stringMatching(/add the key that it was written with/) },
    { id: 'b', event: SECRET },
  ])
  await settle(store, { ...(lost as DeadLetter), reason: 'again' })
  const back = await encryptStore(plain, [NEW, OLD]).deadLetters({ ids: ['a'] })
  expect(back).toEqual([deadLetter('a', { event: SECRET, answer: SECRET, reason: 'again' })])
})

it('refuses what was altered, or stands where it does not belong', async () => {
  const plain = openPlain()
  const store = encryptStore(plain, [OLD])
  await store.append(append({ entry: entry(0, 1, Buffer.from('first')) }))
  const sealed = Buffer.from((await plain.readEntry(SOURCE, 0))?.blob ?? [])
  await plain.append(append({ entry: entry(1, 1, sealed) }))
  const altered = Buffer.from(sealed)
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
  await plain.append(append({ entry: entry(2, 1, altered) }))
  await expect(store.readEntry(SOURCE, 1)).rejects.toThrow(/was altered/)
  await expect(store.readEntry(SOURCE, 2)).rejects.toThrow(/was altered/)
})

storeSuite('encrypted store', async () => {
  const folder = makeFolder()
  // Sizes as stored; the suite counts unencrypted ones.
  const open = () => sizedAsGiven(encryptStore(openSqliteStore(folder), [OLD]))
  let store = open()
  return {
    store,
    async reopen() {
      await store.close()
      store = open()
      return store
    },
    async remove() {
      vi.useRealTimers()
      await store.close()
      rmSync(folder, { recursive: true })
    },
    age: async (ms) => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms }),
  }
})

/** Sealing makes an entry larger. */
const SEAL_BYTES = 36

function sizedAsGiven(store: Store): Store {
  const sealed = new Map<string, number[]>()
  return {
    ...store,
    async bounds(source) {
      const bounds = await store.bounds(source)
      const bases: number[] = sealed.get(source) ?? []
      for (let at = bounds.start; at < bounds.end; ) {
        const found = await store.readEntry(source, at)
        if (found === undefined) break
        bases.push(at)
        at = found.base + found.count
      }
      return { ...bounds, bytes: bounds.bytes - SEAL_BYTES * bases.length }
    },
  }
}
