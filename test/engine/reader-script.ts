/**
 * Plays scripted answers to the reader. A record is written as its second and a letter, `9a`; an unreadable one as
 * `?x`; an answer as its records, newest first.
 */
import type { Answer, ReadRequest, RecordFields, SourceRecord } from '../../src/connector.ts'
import { messageOf } from '../../src/errors.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import type { EndProof } from '../../src/poll/end-proof.ts'
import type { Page } from '../../src/poll/pages.ts'
import { readDown } from '../../src/poll/reader.ts'

interface ScriptedAnswer {
  /** The requested bound or token. */
  readonly to: number | string
  readonly shows: string
  readonly token?: string
  readonly isPaged?: boolean
  /** Fails after its records. */
  readonly fails?: Error
  /** Thrown instead of an answer. */
  readonly refused?: Error
}

interface Script {
  readonly end: number
  /** The `to` of the first answer is the first bound. */
  readonly answers: readonly ScriptedAnswer[]
  readonly position?: number
  readonly newestKnown?: number
  /** The most records that an answer showed in earlier walks. */
  readonly capacity?: number
  readonly proof?: EndProof
}

interface Played {
  /** In the order in which they were emitted. */
  readonly records: string
  readonly unreadable: string
  readonly gaps: readonly (readonly [second: number, reason: string])[]
  readonly pages: readonly Page[]
  /** Everything down to here is read. */
  readonly position: number | undefined
  /** Message of the error that was thrown. */
  readonly failure: string
  readonly capacity: number
}

/** Throws if the reader makes a request that isn't scripted, or omits one. */
export async function play({
  end,
  answers,
  position = Number.POSITIVE_INFINITY,
  ...more
}: Script): Promise<Played> {
  const pages: Page[] = []
  const capacity = { rows: more.capacity ?? 0 }
  const left = [...answers]
  let failure = ''
  await readDown({
    before: Number(answers[0]?.to),
    position,
    notBefore: end - 1,
    end: () => end,
    newestKnown: more.newestKnown,
    capacity,
    proof: more.proof,
    ask: async (request) => answerOf(left.shift(), request),
    emit: async (page) => {
      pages.push(page)
    },
  }).catch((error: unknown) => {
    if (error instanceof UnscriptedError) throw error
    failure = messageOf(error)
  })
  if (left.length > 0) throw new UnscriptedError(`never asked: ${JSON.stringify(left)}`)
  return {
    records: pages.flatMap((page) => page.records.map(({ raw }) => raw)).join(' '),
    unreadable: pages.flatMap((page) => page.unreadable.map((it) => it.unreadable)).join(' '),
    gaps: pages.flatMap((page) => page.gaps.map(({ second, reason }) => [second, reason] as const)),
    pages,
    position: pages.at(-1)?.position,
    failure,
    capacity: capacity.rows,
  }
}

class UnscriptedError extends Error {}

function answerOf(scripted: ScriptedAnswer | undefined, request: ReadRequest): Answer {
  const asked = request.token ?? request.before
  if (scripted === undefined) throw new UnscriptedError(`asked for ${asked}, which is not scripted`)
  if (scripted.to !== asked) throw new UnscriptedError(`asked for ${asked} instead of ${scripted.to}`)
  if (scripted.refused !== undefined) throw scripted.refused
  return answer(recordsOf(scripted.shows), scripted)
}

/** An answer that shows `records` in chunks of two, so that chunk boundaries lie anywhere. */
export function answer(
  records: readonly SourceRecord[],
  { token, isPaged, fails, serverTime }: Partial<ScriptedAnswer> & { serverTime?: number } = {},
): Answer {
  return {
    serverTime,
    variant: 'v1',
    token: () => token,
    ...(isPaged !== undefined && { isPaged }),
    bytesRead: () => 0,
    records: (async function* () {
      for (let at = 0; at < records.length; at += 2) yield records.slice(at, at + 2)
      if (fails !== undefined) throw fails
    })(),
  }
}

function recordsOf(text: string): SourceRecord[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => (word.startsWith('?') ? { unreadable: word, bytes: Buffer.from(word) } : recordOf(word)))
}

/** `9a`, at second 9; the whole word identifies it. */
export function recordOf(word: string): RecordFields {
  return record({ timestamp: Number.parseInt(word, 10), description: word, raw: word })
}
