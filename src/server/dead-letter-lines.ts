/** Dead letters, as many as there are; memory holds one page. */
import { jsonText } from '../lib/json-text.ts'
import type { DeadLetter, DeadLetterQuery } from '../spool/store.ts'
import { deadLetterToJson } from './dead-letter-json.ts'
import type { EngineApi } from './engine-api.ts'

/** Letters at a time: each may be as large as an event. */
const PAGE = 500

/** All that there are: an answer alone holds the first thousand. */
export async function* deadLetterPages(
  api: Pick<EngineApi, 'deadLetters'>,
  query: DeadLetterQuery,
  first?: readonly DeadLetter[],
): AsyncGenerator<readonly DeadLetter[]> {
  let page = first ?? (await api.deadLetters({ ...query, limit: PAGE }))
  for (;;) {
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    page = await api.deadLetters({ ...query, limit: PAGE, after: { at: last.at, id: last.id } })
  }
}

/** Counts queued dead letters by sink, but for those of `sinks`. */
export async function queuedBeside(
  sinks: object,
  api: Pick<EngineApi, 'deadLetters'>,
  query: DeadLetterQuery = {},
): Promise<ReadonlyMap<string, number>> {
  const waiting = new Map<string, number>()
  for await (const page of deadLetterPages(api, { ...query, state: 'queued' })) {
    for (const { sink } of page) if (!(sink in sinks)) waiting.set(sink, (waiting.get(sink) ?? 0) + 1)
  }
  return waiting
}

/** The same as NDJSON, one a line. Rejects when there is no first page; what comes later breaks it off. */
export async function deadLetterLines(
  api: Pick<EngineApi, 'deadLetters'>,
  query: DeadLetterQuery,
): Promise<AsyncIterable<string>> {
  const first = await api.deadLetters({ ...query, limit: PAGE })
  const lines = async function* () {
    for await (const page of deadLetterPages(api, query, first)) {
      yield page.map((letter) => `${jsonText(deadLetterToJson(letter))}\n`).join('')
    }
  }
  return lines()
}
