/** Sinks of AWS services that take a few entries per request and answer for each entry. */
import type { Batch, BatchEvent, CheckResult, Sink, SinkContext } from '../../connector.ts'
import type { Outcome } from '../../outcome.ts'
import { abortable } from '../abortable.ts'
import { type AwsClientConfig, awsClientConfig } from '../aws/client.ts'
import { type WriteEntry, writeList } from '../aws/entries.ts'
import { CURES, cureOf } from '../aws/entry-cures.ts'
import {
  AWS_THROTTLED,
  areAwsCredentialsStale,
  awsReasonOf,
  awsRefusalOf,
  cureOfBusyAws,
  outcomeOfAwsFailure,
  withoutAwsSecrets,
} from '../aws/refusal.ts'
import type { Repeat } from '../aws/repeat.ts'
import { createSha256 } from '../aws/sha256.ts'
import type { ByteWriter } from '../byte-writer.ts'
import { createHttpClient, type HttpClient } from '../http/http.ts'
import { needsPerson, withCure } from '../http/outcome.ts'
import { connectionCure } from '../http/poster.ts'
import { createSpareWriters } from '../spare-writers.ts'
import { type Encoded, type EntryLimits, UNNAMED, writeEntries } from './entry-requests.ts'

interface AwsEntryPlan<Service extends AwsService, Entry> {
  readonly config: AwsClientConfig
  readonly limits: EntryLimits
  readonly rules: AwsEntryRules
  /** Name of the option with the service's address. */
  readonly addressOption: string
  /** Loads the package of the service and makes its client. */
  connect(
    config: ReturnType<typeof awsClientConfig> & { sha256: ReturnType<typeof createSha256> },
    http: HttpClient,
  ): Promise<Service>
  encode(event: BatchEvent, batch: Batch): Encoded<Entry>
  /** JSON of a request up to the list of its entries, which ends it. */
  readonly opening: string
  readonly write: WriteEntry<Entry>
  /** What the answer says about each entry, in order; undefined if nothing. */
  verdicts(answer: object, entries: readonly Entry[]): readonly (Verdict | undefined)[]
  /** Sends a request that changes nothing; says what was found. */
  probe(service: Service, abortSignal: AbortSignal): Promise<CheckResult>
}

interface AwsService {
  /** The command that takes entries. */
  readonly repeat: Repeat
}

interface AwsEntryRules {
  /** Names of errors, of a request or of an entry, that pass by themselves, in addition to what every service calls throttling. */
  readonly retry: ReadonlySet<string>
  /** Names of errors that blame the entries: a request is sent again in halves, an entry is rejected. */
  readonly refuse: ReadonlySet<string>
  /** What a person can do, by name. */
  readonly cures: Readonly<Record<string, string>>
}

export interface Verdict {
  /** Empty if the entry was taken. */
  readonly error: string
  readonly message?: string | undefined
  /** Whether the service itself says that this entry is at fault, under whatever name. */
  readonly isRefused?: boolean | undefined
}

export function createAwsEntrySink<Service extends AwsService, Entry>(
  plan: AwsEntryPlan<Service, Entry>,
  context: SinkContext,
): Sink {
  const { config, limits, rules } = plan
  // Enough for two batches under way: a request that waits in undici for its connection costs 5 % more.
  const http = createHttpClient(context.connection, { connections: 2 * limits.parallel })
  const sha256 = createSha256()
  const spare = createSpareWriters()
  let service: Promise<Service> | undefined
  const connected = async () => {
    const asked = service ?? plan.connect({ ...awsClientConfig(config, context, http), sha256 }, http)
    service = asked
    return asked.catch((error: unknown) => {
      // Not only after errors of the service itself: STS may have refused or throttled, and not for ever.
      if (service === asked) service = undefined
      throw error
    })
  }
  const forget = (error: unknown) => {
    // Refused credentials may have been rotated.
    if (areAwsCredentialsStale(error) || awsRefusalOf(error) === undefined) service = undefined
  }
  const send = async (entries: readonly Entry[], signal: AbortSignal) => {
    const out = spare.take()
    try {
      const body = bodyOf(entries, plan, out)
      const answer = await abortable(
        connected().then(({ repeat }) => repeat(body, signal)),
        signal,
      )
      spare.giveBack(out)
      const verdicts = plan.verdicts(answer, entries)
      return entries.map((_, at) => outcomeOfEntry(verdicts[at], plan))
    } catch (error) {
      forget(error)
      throw error
    }
  }
  const judge = (error: unknown): Outcome => {
    const refusal = awsRefusalOf(error)
    if (refusal !== undefined && refusal.status < 300) return FOREIGN
    if (refusal !== undefined && (refusal.status === 413 || rules.refuse.has(refusal.name))) {
      const reason = awsReasonOf(error, config)
      return { kind: 'split', reason, answer: reason }
    }
    const cure = (thrown: unknown) =>
      cureOf(thrown, rules.cures) || (needsPerson(thrown) ? connectionCure(thrown, plan.addressOption) : '')
    const outcome = outcomeOfAwsFailure(error, config, { retry: rules.retry, cure }, context.now())
    return cure(error) === '' ? withCure(outcome, COMPARE) : outcome
  }
  return {
    write: (batch, signal) => writeEntries({ limits, encode: plan.encode, send, judge }, batch, signal),
    async check(signal) {
      try {
        return await abortable(
          connected().then((it) => plan.probe(it, signal)),
          signal,
        )
      } catch (error) {
        forget(error)
        const unknown =
          awsRefusalOf(error) === undefined ? connectionCure(error, plan.addressOption) : COMPARE
        const cure = cureOf(error, rules.cures) || cureOfBusyAws(error) || unknown
        return { ok: false, detail: awsReasonOf(error, config), cure }
      }
    },
    close: () => http.close(),
  }
}

const COMPARE = 'compare the address, the region and the name with the service'

function bodyOf<Entry>(
  entries: readonly Entry[],
  { opening, write }: Pick<AwsEntryPlan<never, Entry>, 'opening' | 'write'>,
  out: ByteWriter,
): Buffer {
  out.clear()
  out.text(opening)
  writeList(entries, write, out)
  out.ascii('}')
  return out.written()
}

/** A proxy or a portal on the way gave this answer. */
const FOREIGN: Outcome = {
  kind: 'retry',
  reason: 'a success that cannot be read: the answer is not from AWS',
}

function outcomeOfEntry(
  verdict: Verdict | undefined,
  { config, rules }: Pick<AwsEntryPlan<never, never>, 'config' | 'rules'>,
): Outcome {
  if (verdict === undefined) return UNNAMED
  const { retry, refuse, cures } = rules
  const { error, isRefused } = verdict
  if (error === '') return { kind: 'delivered' }
  // Before anything is cut off, since a piece of a secret would no longer be found.
  const [name = '', message = ''] = [error, verdict.message ?? ''].map((it) => withoutAwsSecrets(it, config))
  const reason = message === '' ? name : `${name}: ${message.slice(0, 200)}`
  if (retry.has(error) || AWS_THROTTLED.has(error)) return { kind: 'retry', reason }
  if (refuse.has(error)) return { kind: 'rejected', reason, answer: reason }
  const cure = cures[error] ?? CURES[error]
  if (cure === undefined && isRefused === true) return { kind: 'rejected', reason, answer: reason }
  if (cure === undefined && isRefused === false) return { kind: 'retry', reason }
  return { kind: 'pause', reason: cure === undefined ? reason : `${reason}; ${cure}` }
}
