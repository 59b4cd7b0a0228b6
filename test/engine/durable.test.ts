/** The embedded store's commits and the disk: when they are reported, what they share, and a disk that fails. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, expect, it, onTestFinished } from 'vitest'
import { OperationError } from '../../src/errors.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { Store } from '../../src/spool/store.ts'
import { append, deadLetter, entry, fill, SOURCE, settlement } from '../conformance/store-samples.ts'
import { tempFolder } from './temp-folder.ts'

type Flushed = (error: NodeJS.ErrnoException | null) => void

const { fdatasync } = fs

afterEach(() => {
  fs.fdatasync = fdatasync
  syncBuiltinESMExports()
})

/** A disk whose writes finish when the test says so. */
function slowDisk(): Flushed[] {
  const flushes: Flushed[] = []
  fs.fdatasync = Object.assign((_file: number, done: Flushed) => void flushes.push(done), {
    __promisify__: fdatasync.__promisify__,
  })
  syncBuiltinESMExports()
  return flushes
}

function open(): Store {
  const store = openSqliteStore(tempFolder())
  onTestFinished(() => store.close())
  return store
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let isSettled = false
  const note = () => {
    isSettled = true
  }
  promise.then(note, note)
  await new Promise(setImmediate)
  return isSettled
}

it.each<[string, (store: Store) => Promise<unknown>]>([
  ['append', (store) => store.append(append({ entry: entry(0, 1) }))],
  ['settle', (store) => store.settle([settlement()])],
  ['queueReplays', (store) => store.queueReplays([deadLetter('a')])],
  ['queueDeadLetters', (store) => store.queueDeadLetters({})],
  ['dropDeadLetters', (store) => store.dropDeadLetters({})],
  ['pause', (store) => store.pause({ component: 'sink soc', by: 'dana', at: 1 })],
  ['resume', (store) => store.resume('sink soc')],
  ['keep', (store) => store.keep('key', 'text', 1_000)],
  ['take', (store) => store.take('key')],
])('%s is told when it is on disk, not before', async (_, write) => {
  const store = open()
  const flushes = slowDisk()
  const written = write(store)
  expect(await settled(written)).toBe(false)
  expect(flushes).toHaveLength(1)
  flushes[0]?.(null)
  await written
})

it('writes that come during a flush share the next one', async () => {
  const store = open()
  const flushes = slowDisk()
  const first = fill(store, [1])
  await settled(first)
  const others = ['a', 'b', 'c'].map((id) => store.queueReplays([deadLetter(id)]))
  expect(await settled(Promise.race(others))).toBe(false)
  expect(flushes).toHaveLength(1)
  flushes[0]?.(null)
  await first
  expect(await settled(Promise.race(others))).toBe(false)
  expect(flushes).toHaveLength(2)
  flushes[1]?.(null)
  await Promise.all(others)
})

it('a disk that does not keep what is written is told with the cure, and nothing more is taken', async () => {
  const store = open()
  const flushes = slowDisk()
  const first = fill(store, [1])
  await settled(first)
  const second = store.settle([settlement()])
  flushes[0]?.(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }))
  for (const failed of [first, second, fill(store, [1]), store.trim(SOURCE, 1)]) {
    await expect(failed).rejects.toThrow(OperationError)
    await expect(failed).rejects.toThrow(
      /^the disk under the state file .*auditferry\.db does not keep what is written \(EIO.*\): nothing more is taken.* start again/,
    )
  }
  expect(flushes).toHaveLength(1)
  expect(await store.bounds(SOURCE)).toMatchObject({ end: 1 })
})
