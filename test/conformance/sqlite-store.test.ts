/** The embedded store: the suite for all stores, and what is special: the lock, the file, damage. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { OperationError } from '../../src/errors.ts'
import { PACKED_UID_BYTES } from '../../src/ledger/minutes.ts'
import { minuteKey, STATE_FILE } from '../../src/spool/sqlite/open.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { Store } from '../../src/spool/store.ts'
import { makeFolder, tempFolder } from '../engine/temp-folder.ts'
import { ledgerBytes } from './ledger-bytes.ts'
import { storeSuite } from './store.ts'
import { append, entry, fill, minute, SOURCE, settlement, sinkMinute } from './store-samples.ts'

storeSuite('embedded store', async () => {
  const folder = makeFolder()
  let store = openSqliteStore(folder)
  return {
    store,
    async reopen() {
      await store.close()
      store = openSqliteStore(folder)
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

function openHere(folder: string): Store {
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  return store
}

/** Returns the refusal, after checking that it is meant for the operator. */
function refusal(folder: string): string {
  try {
    openSqliteStore(folder)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(OperationError)
    return (thrown as Error).message
  }
  throw new Error('the store was opened')
}

describe('the folder', () => {
  it('is created with its parents, and closed to other users', () => {
    const folder = join(tempFolder(), 'not', 'there', 'yet')
    openHere(folder)
    expect(existsSync(join(folder, STATE_FILE))).toBe(true)
    expect(statSync(folder).mode & 0o007).toBe(0)
  })

  it('may be open to other users: the files in it are not, and an existing one keeps its permissions', async () => {
    const folder = tempFolder()
    const strangers = () =>
      [STATE_FILE, `${STATE_FILE}-wal`].map((name) => statSync(join(folder, name)).mode & 0o007)
    const store = openSqliteStore(folder)
    expect(strangers()).toEqual([0, 0])
    await store.close()
    chmodSync(join(folder, STATE_FILE), 0o664)
    openHere(folder)
    expect(strangers()).toEqual([4, 4])
  })

  it('is refused if it cannot be created', () => {
    const file = join(tempFolder(), 'a-file')
    writeFileSync(file, '')
    expect(refusal(join(file, 'state'))).toMatch(/state folder .*a-file.state can't be made.*`state.path`/)
  })

  it('is refused if the file in it cannot be opened', () => {
    const folder = tempFolder()
    mkdirSync(join(folder, STATE_FILE))
    expect(refusal(folder)).toMatch(/auditferry\.db can't be written .*`state.path`/)
  })
})

describe('one engine per folder', () => {
  it('refuses a second one in the same process', () => {
    const folder = tempFolder()
    openHere(folder)
    expect(refusal(folder)).toContain(
      `another auditferry engine (process ${process.pid}) uses the state folder`,
    )
  })

  it('names the process that holds it, and takes over once that is killed', async () => {
    const folder = tempFolder()
    const holder = await holdFolder(folder)
    expect(refusal(folder)).toMatch(
      new RegExp(`engine \\(process ${holder.pid}\\) uses the state folder .*stop it first.*\`state.path\``),
    )
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(await openHere(folder).bounds(SOURCE)).toMatchObject({ end: 3 })
    expect(JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'))).toEqual({ pid: process.pid })
  })

  it('names who holds it before the file is looked through, which may take minutes', async () => {
    const folder = tempFolder()
    await openSqliteStore(folder).close()
    const db = new DatabaseSync(join(folder, STATE_FILE))
    db.exec('PRAGMA user_version = 77')
    db.close()
    const owner = join(folder, 'engine.json')
    writeFileSync(owner, '{"pid":2147483647}')
    expect(refusal(folder)).toContain('newer auditferry')
    expect(JSON.parse(readFileSync(owner, 'utf8'))).toEqual({ pid: process.pid })
  })

  it('names no process that is gone where another program holds the file', async () => {
    const folder = tempFolder()
    const holder = await holdFolder(folder)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const shell = new DatabaseSync(join(folder, STATE_FILE))
    onTestFinished(() => shell.close())
    shell.exec('BEGIN EXCLUSIVE')
    expect(refusal(folder)).toBe(
      `another program uses the state folder ${folder}, not process ${holder.pid}, which used it last and is gone: ` +
        'end that program, such as a backup, an SQLite shell or an engine in another container',
    )
  })
})

// About two events a second cost the most, because their minutes fill a quarter of a page. At one event per
// minute the bucket alone exceeds the bound: see bench/README.md.
it.each([2, 5, 60, 126, 190, 300, 510, 640, 3_000])(
  'the ledger takes less than 25 bytes per event, with %i events a minute',
  async (aMinute) => {
    const events = 10_000
    const each = (await ledgerBytes(tempFolder(), events, aMinute)) / events
    expect(each).toBeGreaterThan(PACKED_UID_BYTES)
    expect(each).toBeLessThan(25)
  },
)

describe('the file', () => {
  it.each([
    ['is no database', (file: string) => writeFileSync(file, 'not a database'.repeat(1_000))],
    ['has garbage in its middle', (file: string) => scribble(file, 4_096 * 3)],
    ['lost its end', (file: string) => truncateSync(file, 4_096 * 4)],
  ])('is refused when it %s', async (_, harm) => {
    const folder = tempFolder()
    const store = openSqliteStore(folder)
    await fill(
      store,
      Array.from({ length: 200 }, () => 1),
    )
    await store.append(
      append({ ledger: Array.from({ length: 500 }, (_, at) => minute(at, 1, 1n, 'aa'.repeat(8))) }),
    )
    await store.close()
    await harm(join(folder, STATE_FILE))
    const message = refusal(folder)
    expect(message).toMatch(
      /state file .*auditferry\.db is damaged .*Nothing is lost at the source: move the file away/,
    )
    expect(message).not.toContain('\n')
  })

  it('is refused when a newer auditferry wrote it', async () => {
    const folder = tempFolder()
    await openSqliteStore(folder).close()
    const db = new DatabaseSync(join(folder, STATE_FILE))
    db.exec('PRAGMA user_version = 77')
    db.close()
    expect(refusal(folder)).toMatch(/written by a newer auditferry \(layout 77, this one knows \d+\)/)
  })

  it('of a version without replays can be used', async () => {
    const folder = tempFolder()
    const old = openSqliteStore(folder)
    await old.settle([settlement({ ledger: [sinkMinute({ delivered: 3 })] })])
    await old.close()
    const db = new DatabaseSync(join(folder, STATE_FILE))
    db.exec('ALTER TABLE sink_ledger DROP COLUMN replayed')
    db.close()
    const store = openHere(folder)
    await store.settle([settlement({ ledger: [sinkMinute({ replayed: 2 })] })])
    expect(await store.sinkLedger('soc', SOURCE, 0, 99)).toMatchObject([{ delivered: 3, replayed: 2 }])
  })

  it('of the previous layout keeps its ledger', async () => {
    const folder = tempFolder()
    const old = openSqliteStore(folder)
    await old.append(append({ source: 'other', ledger: [minute(7, 1, 3n, 'cc'.repeat(8))] }))
    const kept = [minute(-5, 1, 1n, 'aa'.repeat(8)), minute(7, 2, 9n, 'bb'.repeat(16))]
    await old.append(append({ ledger: kept }))
    await old.close()
    const db = new DatabaseSync(join(folder, STATE_FILE))
    db.exec(`CREATE TABLE ledger (source INTEGER NOT NULL, minute INTEGER NOT NULL, count INTEGER NOT NULL,
      digest BLOB NOT NULL, uids BLOB, PRIMARY KEY (source, minute)) WITHOUT ROWID`)
    for (const [source, at] of [
      [1, 7],
      [2, -5],
      [2, 7],
    ] as const) {
      db.prepare(`INSERT INTO ledger SELECT ?, ?, count, digest, uids FROM source_ledger WHERE key = ?`).run(
        source,
        at,
        minuteKey(source, at),
      )
    }
    db.exec('DROP TABLE source_ledger; PRAGMA user_version = 1')
    db.close()
    const store = openHere(folder)
    const listed = async (source: string) =>
      (await store.ledger(source, -9, 9)).map((it) => [
        it.minute,
        it.count,
        it.digest.at(-1),
        it.uids?.length,
      ])
    expect(await listed(SOURCE)).toEqual([
      [-5, 1, 1, 8],
      [7, 2, 9, 16],
    ])
    expect(await listed('other')).toEqual([[7, 1, 3, 8]])
    expect(await store.ledgerMinuteBefore(SOURCE, 7)).toBe(-5)
  })

  it('is free again after a refusal', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, STATE_FILE), 'not a database'.repeat(1_000))
    refusal(folder)
    rmSync(join(folder, STATE_FILE))
    expect(await openHere(folder).bounds(SOURCE)).toMatchObject({ end: 0 })
  })

  it('undoes an append that breaks one of its rules midway', async () => {
    const store = openHere(tempFolder())
    await fill(store, [2])
    const nameless = { id: 'q', at: 1, reason: 'r', bytes: 7 as unknown as Uint8Array }
    const spoiled = { minute: 2, count: 1, digest: null as unknown as Uint8Array, uids: undefined }
    const broken = append({
      entry: entry(2, 1),
      quarantined: [nameless],
      ledger: [minute(1, 1, 1n), spoiled],
    })
    await expect(store.append(broken)).rejects.toThrow(/NOT NULL/)
    expect(await store.bounds(SOURCE)).toMatchObject({ end: 2 })
    expect(await store.ledger(SOURCE, 0, 9)).toEqual([])
    await fill(store, [1])
    expect(await store.bounds(SOURCE)).toMatchObject({ end: 3 })
  })
})

/** Another process that opens the folder, writes an entry and waits to be killed. */
async function holdFolder(folder: string) {
  const module = pathToFileURL('src/spool/sqlite/store.ts').href
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(module)})
    const store = openSqliteStore(${JSON.stringify(folder)})
    const state = { retrospected: {}, polled: 0, spooled: 0, late: 0, requests: 0, gaps: [], unknownActions: {} }
    const entry = { base: 0, count: 3, blob: Buffer.from('x') }
    await store.append({ source: ${JSON.stringify(SOURCE)}, state, entry, ledger: [], quarantined: [] })
    console.log('holds')
    setInterval(() => store, 1_000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  return holder
}

async function scribble(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(4_096, 0xa5), 0, 4_096, at)
  await handle.close()
}
