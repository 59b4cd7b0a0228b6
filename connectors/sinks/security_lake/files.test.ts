import { afterEach, expect, test } from 'vitest'
import { readParquet } from '../../../test/emulators/s3/read-parquet.ts'
import { createFiles, type LakeFile } from './files.ts'

const BASE_EVENT = 0
const files = createFiles()
afterEach(() => files.close())

/** More than is sent to the thread at once. */
const rows = Array.from({ length: 900 }, (_, at) => ({
  class_uid: at,
  message: `${at} ${'x'.repeat(1_000)}`,
}))
const payloadOf = (row: object) => Buffer.from(JSON.stringify(row))

async function fill(file: LakeFile, some: readonly object[]): Promise<Buffer> {
  for (const row of some) await file.add(payloadOf(row))
  return Buffer.from(await file.finish())
}

test('files that are filled at once hold what each was given, in its order', async () => {
  const shares = [0, 1, 2].map((part) => rows.filter(({ class_uid }) => class_uid % 3 === part))
  const made = await Promise.all(shares.map((share) => fill(files.open(BASE_EVENT), share)))
  expect(made.map((bytes) => readParquet(bytes).rows)).toEqual(shares)
})

test('a payload may be overwritten as soon as it is added', async () => {
  const file = files.open(BASE_EVENT)
  const memory = payloadOf({ message: 'first' })
  file.add(memory)
  memory.fill('x')
  expect(readParquet(Buffer.from(await file.finish())).rows).toEqual([{ message: 'first' }])
})

test('a caller that adds faster than the thread works is told to wait', async () => {
  const file = files.open(BASE_EVENT)
  const waits = rows.map((row) => file.add(payloadOf(row))).filter((it) => it !== undefined)
  expect(waits).toHaveLength(1)
  await file.finish()
})

test('a row that is invalid affects only its own file', async () => {
  const [bad, good] = [files.open(BASE_EVENT), files.open(BASE_EVENT)]
  bad.add(Buffer.from('no JSON'))
  const failed = expect(bad.finish()).rejects.toThrow('not valid JSON')
  expect(readParquet(await fill(good, rows.slice(0, 3))).rows).toEqual(rows.slice(0, 3))
  await failed
})

test('a file of a thread that has ended fails, and the next one gets a new thread', async () => {
  const file = files.open(BASE_EVENT)
  file.add(payloadOf({ message: 'lost' }))
  await files.close()
  await expect(file.finish()).rejects.toThrow('the sink is closed')
  expect(readParquet(await fill(files.open(BASE_EVENT), rows.slice(0, 3))).rows).toEqual(rows.slice(0, 3))
})

test('nothing is left of a file that was dropped', async () => {
  const file = files.open(BASE_EVENT)
  file.add(payloadOf({ message: 'x' }))
  file.drop()
  await expect(file.finish()).rejects.toThrow('the file was not opened')
})
