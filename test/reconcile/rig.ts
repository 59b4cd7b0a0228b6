/** A simulated log, delivered by the real engine into a file; what was delivered can be tampered with. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { definition as file } from '../../connectors/sinks/file/index.ts'
import type { SinkConfig } from '../../src/config/config.ts'
import type { RecordFields } from '../../src/connector.ts'
import { openEngine } from '../../src/engine/engine.ts'
import { reconcileStored } from '../../src/engine/stored-reconcile.ts'
import type { FormatName } from '../../src/formats/format.ts'
import { addUid, digestBytes, emptyDigest } from '../../src/ledger/digest.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import type { OnProgress } from '../../src/reconcile/progress.ts'
import type { Reconciliation } from '../../src/reconcile/result.ts'
import { encryptStore } from '../../src/spool/encrypted-store.ts'
import { minuteKey, STATE_FILE } from '../../src/spool/sqlite/open.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { sinkConfig, sourceConfig, wholeConfig } from '../engine/sample-config.ts'
import { createSimulatedLog, type LogSwitches, simulatedSource } from '../engine/simulated-log.ts'
import { tempFolder } from '../engine/temp-folder.ts'

/** Unix seconds: two hours ago, at a full minute. Histories are in the hour after this. */
export const BEGIN = Math.floor(Date.now() / 60_000) * 60 - 7_200
export const HOUR = 3_600

interface RigOptions {
  readonly format?: FormatName
  readonly sink?: Partial<SinkConfig>
  readonly file?: object
  readonly switches?: LogSwitches
  /** Seconds that the source's clock is ahead of ours. */
  readonly ahead?: number
  /** A second source `twin` reads the same log. */
  readonly twin?: boolean
}

export function openRig({
  format = 'native',
  sink = {},
  file: options = {},
  switches,
  ahead = 0,
  twin = false,
}: RigOptions = {}) {
  const folder = tempFolder()
  const path = join(folder, `out.${format === 'csv' ? 'csv' : 'ndjson'}`)
  const log = createSimulatedLog([], switches)
  const source = { ...simulatedSource(log, { organization: 'acme' }) }
  if (ahead > 0) source.read = async (request) => log.read(request, Math.floor(Date.now() / 1000) + ahead)
  let acme = sourceConfig({ start: { kind: 'at', second: BEGIN - 600 } }, source)
  const local: SinkConfig = {
    ...sinkConfig({ id: 'local', format }),
    definition: file,
    options: file.config.parse({ path, ...options }),
    ...sink,
  }
  const config = (sinks: readonly SinkConfig[] = [local]) =>
    wholeConfig(join(folder, 'data'), [acme, ...(twin ? [{ ...acme, id: 'twin' }] : [])], [...sinks])

  let keys: readonly Buffer[] = []
  const openStore = () => encryptStore(openSqliteStore(join(folder, 'data')), keys)

  return {
    log,
    path,
    local,
    /** From now on these are the keys of the state. */
    encryptWith(...given: readonly Buffer[]): void {
      keys = given
    },
    /** Happened `at` seconds after the beginning. */
    add(descriptions: readonly (readonly [at: number, description: string])[]): void {
      log.records.push(
        ...descriptions.map(([at, description]) =>
          record({ timestamp: BEGIN + at, description, login: 'dana' }),
        ),
      )
    },
    /** From now on the source is configured to read this organisation, in which nothing has happened yet. */
    readFrom(organization: string): void {
      source.organization = organization
      log.records.length = 0
    },
    startAt(second: number): void {
      acme = { ...acme, start: { kind: 'at', second } }
    },
    remove(description: string): RecordFields {
      const at = log.records.findIndex((one) => one.description === description)
      return log.records.splice(at, 1)[0] as RecordFields
    },
    /** `run --once`, after a backfill of the history if one is requested: for some sinks, starting at `from`. */
    async run(
      sinks?: readonly SinkConfig[],
      backfill?: { readonly sinks?: readonly string[]; readonly from?: number },
    ): Promise<string[]> {
      const parts = { metrics: silentMetrics, logger: silentLogger, version: '0.0.0', now: Date.now }
      const store = openStore()
      const engine = await openEngine({
        ...parts,
        config: config(sinks),
        store,
        random: () => 0,
        patienceMs: 10_000,
      })
      try {
        if (backfill !== undefined) {
          const { from = 0, ...some } = backfill
          const range = { source: 'acme', from: BEGIN + from, to: BEGIN + HOUR }
          await engine.backfill({ ...range, parallel: 1, dryRun: false, ...some })
        }
        return await engine.once()
      } finally {
        await engine.stop(5_000)
      }
    },
    async reconcile(
      query: { source?: string; from?: number; to?: number; repair?: boolean } = {},
      sinks?: readonly SinkConfig[],
      onProgress?: OnProgress,
    ): Promise<Reconciliation> {
      const store = openStore()
      const { source = 'acme', from = 0, to = HOUR, repair = false } = query
      const asked = { source, from: BEGIN + from, to: BEGIN + to, repair }
      try {
        return await reconcileStored(config(sinks), store, asked, onProgress)
      } finally {
        await store.close()
      }
    },
    /** Uid of each description, as delivered. */
    uids(): Map<string, string> {
      const cells = (line: string) => ({
        description: line.split(',')[4],
        uid: line.split(',').at(-1)?.trim() ?? '',
      })
      const read = format === 'csv' ? cells : (line: string) => JSON.parse(line)
      return new Map(lines(path).map((line) => [read(line).description, read(line).uid]))
    },
    /** Replaces the file's lines. */
    rewrite(change: (lines: string[]) => string[]): void {
      writeFileSync(
        path,
        change(lines(path))
          .map((line) => `${line}\n`)
          .join(''),
      )
    },
    /** Removes an event from the ledgers, as if it had never been read or delivered. */
    forget(uid: string, at: number, { uids = true, sink: alsoSink = true } = {}): void {
      const db = new DatabaseSync(join(folder, 'data', STATE_FILE))
      const minute = Math.floor((BEGIN + at) / 60)
      const key = minuteKey(1, minute)
      const row = db
        .prepare('SELECT count, digest, uids FROM source_ledger WHERE key = ?')
        .get(key) as unknown as Row
      const packed = Buffer.from(row.uids).toString('hex').match(/.{16}/g) ?? ([] as string[])
      const index = packed.indexOf(uid.slice(0, 16))
      if (uids && index < 0) throw new Error('not in the ledger')
      const left = packed.toSpliced(index, uids ? 1 : 0).join('')
      db.prepare('UPDATE source_ledger SET count = count - 1, digest = ?, uids = ? WHERE key = ?').run(
        minus(row.digest, uid),
        Buffer.from(left, 'hex'),
        key,
      )
      if (alsoSink) {
        const sunk = db
          .prepare('SELECT digest FROM sink_ledger WHERE minute = ?')
          .get(minute) as unknown as Row
        db.prepare('UPDATE sink_ledger SET delivered = delivered - 1, digest = ? WHERE minute = ?').run(
          minus(sunk.digest, uid),
          minute,
        )
      }
      db.close()
    },
    sql(text: string): void {
      const db = new DatabaseSync(join(folder, 'data', STATE_FILE))
      db.exec(text)
      db.close()
    },
  }
}

export type Rig = ReturnType<typeof openRig>

interface Row {
  readonly count: number
  readonly digest: Uint8Array
  readonly uids: Uint8Array
}

export function lines(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}

function minus(digest: Uint8Array, uid: string): Uint8Array {
  const one = emptyDigest()
  addUid(one, uid)
  const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  const left = BigInt.asUintN(128, number(digest) - number(digestBytes(one)))
  return Buffer.from(left.toString(16).padStart(32, '0'), 'hex')
}
