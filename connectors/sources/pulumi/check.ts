/** The online test: one small read, and what it shows about reach, rights, plan and clock. */
import type { CheckResult, Source, SourceRecord } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { CHECK_ADDRESS, Refusal } from './refusal.ts'

/** How far back an event is looked for, seconds. */
const LOOK_BACK = 7 * 86_400

/** Seconds. A clock that is further off makes lags and the bound of a walk look wrong. */
const SKEW_LIMIT = 60

/** Said because `check` doesn't know what the engine has read. */
const LEFT_V2 = '; v2 is not there: a source that has read it pauses, unless api: v1 is set'

export async function checkSource(
  read: Source['read'],
  about: { readonly host: string; readonly api: string; readonly now: () => number },
  signal: AbortSignal,
): Promise<CheckResult> {
  const now = Math.floor(about.now() / 1000)
  try {
    const answer = await read({ before: now, notBefore: now - LOOK_BACK }, signal)
    const newest = await newestOf(answer.records)
    const clock = answer.serverTime === undefined ? '' : clockDetail(now - answer.serverTime)
    const age = newest === undefined ? 'no event found' : `newest event ${spanOf(now - newest)} old`
    return {
      ok: true,
      detail: `${about.host} answers (api ${answer.variant}), the token may read the log, ${age}${clock}${about.api === 'auto' && answer.variant === 'v1' ? LEFT_V2 : ''}`,
      cure: '',
    }
  } catch (thrown) {
    signal.throwIfAborted()
    if (thrown instanceof Refusal)
      return { ok: false, detail: thrown.problem, cure: thrown.cure || cureOf(thrown) }
    return { ok: false, detail: messageOf(thrown), cure: CHECK_ADDRESS }
  }
}

/** A poll retries such failures by itself, so its message has no cure. */
function cureOf({ status }: Refusal): string {
  if (status === undefined) return 'Check api_url, the proxy and the firewall between'
  return status === 429
    ? 'Wait some minutes; others may use the token too: lower requests_per_minute if it stays'
    : 'The server is in trouble: ask again later'
}

/** Time of the first chunk's newest event: the log is newest first. Leaving the loop closes the connection. */
async function newestOf(chunks: AsyncIterable<readonly SourceRecord[]>): Promise<number | undefined> {
  for await (const records of chunks) {
    for (const record of records) if ('timestamp' in record) return record.timestamp
  }
  return undefined
}

function clockDetail(ahead: number): string {
  if (Math.abs(ahead) <= SKEW_LIMIT) return ''
  const direction = ahead > 0 ? 'ahead of' : 'behind'
  return `; warning: the clock here is ${spanOf(Math.abs(ahead))} ${direction} the server's: set it by NTP`
}

function spanOf(seconds: number): string {
  if (seconds < 120) return `${Math.max(seconds, 0)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}
