/** `reconcile --report`: the page that is filed, written into a new file. */
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import type { EngineQueries } from '../engine/engine-queries.ts'
import { describeFileError, messageOf, OperationError, UsageError } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { readPrivateKey } from '../integrity/manifest.ts'
import { type Attestation, type AttestationForm, writeAttestation } from '../reconcile/attestation.ts'
import type { ReconcileQuery, Reconciliation } from '../reconcile/result.ts'
import type { DeadLetter } from '../spool/store.ts'
import { VERSION } from '../version.ts'
import { openOutput } from './output.ts'

interface AttestationFile {
  write(api: EngineQueries, query: ReconcileQuery, result: Reconciliation, now: number): Promise<void>
  /** Removes it again, unless it is complete. */
  discard(): Promise<void>
}

/** Reports everything that may be wrong with the options before the source is read. */
export async function openAttestation(file: string, keyFile: string | undefined): Promise<AttestationFile> {
  const form = formOf(file)
  const key = keyFile === undefined ? undefined : readKey(keyFile)
  const out = await openOutput(file)
  let isWritten = false
  return {
    async write(api, query, result, now) {
      const attestation = await gather(api, query, result, now)
      await out.write(writeAttestation(attestation, form, key))
      await out.close()
      isWritten = true
    },
    async discard() {
      if (!isWritten) await out.discard()
    },
  }
}

function formOf(file: string): AttestationForm {
  if (/\.json$/i.test(file)) return 'json'
  if (/\.(md|markdown)$/i.test(file)) return 'markdown'
  throw new UsageError('--report: the file must end in .md or .json')
}

function readKey(file: string): KeyObject {
  const refused = (why: string) => new UsageError(`--sign: ${file} ${why}`)
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    throw refused(`is no private key in PEM that can be read (${describeFileError(error)})`)
  }
  try {
    return readPrivateKey(pem)
  } catch (error) {
    throw refused(`holds no Ed25519 key that can be used: ${messageOf(error)}`)
  }
}

async function gather(
  api: EngineQueries,
  { source, from, to }: ReconcileQuery,
  reconciliation: Reconciliation,
  now: number,
): Promise<Attestation> {
  const isIn = (second: number) => second >= from && second < to
  const { sources, runtime } = await api.status()
  const letters = await api.deadLetters({ limit: 1_000_000 })
  const deadLetters = letters
    .filter((letter) => letter.source === source)
    .map((letter) => ({ ...letter, second: secondOf(letter) }))
    .filter(({ second }) => isIn(second))
    .map(({ sink, uid, reason, second }) => ({ sink, uid, reason, time: rfc3339(second) }))
  return {
    madeAt: new Date(now).toISOString(),
    madeBy: `${userName()}@${hostname()}`,
    version: VERSION,
    runtime,
    reconciliation,
    deadLetters,
    quarantined: sources[source]?.quarantined ?? 0,
    listedGaps: (sources[source]?.gaps ?? []).filter(({ second }) => isIn(second)),
  }
}

function secondOf({ event, unreadable }: DeadLetter): number {
  if (unreadable !== undefined) throw new OperationError(unreadable)
  return (JSON.parse(event) as AuditEvent).timestamp
}

/** The uid instead if the user has no name, as may be in a container. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`
  }
}
