/** The source: one request per read, in the API variant that was configured or found. */
import type { Answer, ConnectorContext, ReadRequest, Source } from '../../../src/connector.ts'
import { SourceError } from '../../../src/errors.ts'
import { type HttpHeaders, header } from '../../../src/lib/http/http.ts'
import { type Body, endsWithLine, openBody } from './body.ts'
import { checkSource } from './check.ts'
import { createClient } from './client.ts'
import type { Config } from './config.ts'
import { readEventTypes } from './event-types.ts'
import { V2_PATH } from './refusal.ts'
import { recordsOfExport } from './v1.ts'
import { readList } from './v2.ts'

type Variant = 'v1' | 'v2'

/** Seconds that an event's time may lie ahead of the later of the two clocks, the server's and ours. */
const TOLERANCE = 86_400

/** In multiples of the timeout: a complete record must come within this, since a byte now and then is no progress. */
const PATIENCE = 3

const TO_V1 = ['v1', 'info', 'the v2 API is not there, reading the CSV export'] as const
const TO_V2 = [
  'v2',
  'warn',
  'the CSV export is gone, reading the v2 API: what is read a second time and has a token that the export did not show comes again, with another uid',
] as const

const LACKS = 'the export lacks documented columns; once they are back, what is read again gets another uid'

export function createSource(config: Config, context: ConnectorContext): Source {
  const client = createClient(config, context)
  const userFilter = config.user_filter === '' ? undefined : config.user_filter
  /** Last line of an export that was proved whole only by another request's having the same end. */
  let wholeEnd: Buffer | undefined
  /** Documented columns that the last export did not have. */
  let lacked = ''
  const lacks = (names: readonly string[]) => {
    if (names.length > 0 && `${names}` !== lacked) context.logger.warn(LACKS, { columns: `${names}` })
    lacked = `${names}`
  }

  const readers: Record<Variant, (request: ReadRequest, signal: AbortSignal) => Promise<Answer>> = {
    /** `startTime` is the upper bound, and there is no lower one (reference, 1.1). */
    async v1({ before }, signal) {
      const ask = (until: AbortSignal) =>
        client.get('auditlogs/export', { startTime: `${before}`, userFilter }, until)
      const answer = await ask(signal)
      const serverTime = serverTimeOf(answer.headers)
      const body = openBody(answer)
      // If nothing proves the end, it is asked for again: two answers aren't cut at the same place.
      const endsSo = async (line: Uint8Array) => {
        if (body.provesItsEnd() || wholeEnd?.equals(line)) return true
        const inTime = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
        const isWhole = await endsWithLine(openBody(await ask(inTime)), line)
        if (isWhole) wholeEnd = Buffer.from(line)
        return isWhole
      }
      const reading = { latest: latestOf(serverTime, context.now()), clean: client.clean, lacks, endsSo }
      const records = recordsOfExport(body.pieces, reading)
      return {
        serverTime,
        variant: 'v1',
        records: guarded(records, body, signal),
        token: () => undefined,
        bytesRead: body.bytesRead,
      }
    },
    async v2({ before, notBefore, token }, signal) {
      const query = {
        startTime: `${Math.max(notBefore, 0)}`,
        endTime: `${before}`,
        continuationToken: token,
        userFilter,
      }
      const answer = await client.get(V2_PATH, query, signal)
      const serverTime = serverTimeOf(answer.headers)
      const body = openBody(answer)
      const list = readList(body.pieces, latestOf(serverTime, context.now()), client.clean)
      return {
        serverTime,
        variant: 'v2',
        records: guarded(list.records, body, signal),
        token: list.token,
        isPaged: true,
        bytesRead: body.bytesRead,
      }
    },
  }

  const patienceMs = PATIENCE * context.connection.timeoutMs

  /** Turns whatever breaks an answer off into a SourceError; an abort stays an abort. */
  async function* guarded<T>(records: AsyncGenerator<T>, body: Body, signal: AbortSignal): AsyncGenerator<T> {
    const tooSlow = () => body.breakOff(new Error(`no complete record came within ${patienceMs / 1000}s`))
    try {
      for (;;) {
        const timer = setTimeout(tooSlow, patienceMs)
        const { value, done } = await records.next().finally(() => clearTimeout(timer))
        if (done === true) return
        yield value
      }
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      throw client.broken(thrown)
    } finally {
      await records.return(undefined)
    }
  }

  async function read(request: ReadRequest, signal: AbortSignal): Promise<Answer> {
    const { variant = 'unknown' } = request
    const first = config.api !== 'auto' ? config.api : variant === 'v1' ? 'v1' : 'v2'
    try {
      return await readers[first](request, signal)
    } catch (thrown) {
      // A server without a variant answers 404 or 400, but so does one for a missing plan or organisation: then the
      // other variant gets the same answer.
      const isAbsent = thrown instanceof SourceError && (thrown.status === 404 || thrown.status === 400)
      // A log read through v2 is not continued through v1, which shows less of it.
      if (!isAbsent || config.api !== 'auto' || variant === 'v2') throw thrown
      const [other, level, told] = first === 'v1' ? TO_V2 : TO_V1
      const answer = await readers[other](request, signal).catch((second: unknown) => {
        throw signal.aborted || first === 'v2' ? second : thrown
      })
      context.logger[level](told, { host: client.host })
      return answer
    }
  }

  return {
    organization: config.organization,
    origin: { api_url: addressOf(config.api_url), user_filter: config.user_filter },
    read,
    check: (signal) => checkSource(read, { ...client, api: config.api, now: context.now }, signal),
    eventTypes: (signal) => readEventTypes(client, signal),
    close: () => client.close(),
  }
}

/** One spelling of the address, without its query. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname.replace(/\/+$/, '')
}

function serverTimeOf(headers: HttpHeaders): number | undefined {
  const ms = Date.parse(header(headers, 'date') ?? '')
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}

function latestOf(serverTime: number | undefined, nowMs: number): number {
  return serverTime === undefined ? Number.POSITIVE_INFINITY : Math.max(serverTime, nowMs / 1000) + TOLERANCE
}
