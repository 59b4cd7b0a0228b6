/**
 * An empty answer that names a next page does not end the log: a server that pages before it filters gives such. So
 * its tokens are followed until an answer shows something, has no token, or leads back to itself.
 */
import type { Answer, SourceRecord } from '../connector.ts'
import { followTokens, MOST_PAGES } from './follow-tokens.ts'
import { misbehaved, type ReadDown } from './walk.ts'

type Ask = ReadDown['ask']

export function firstShown(ask: Ask): Ask {
  return async (request) => {
    const first = await ask(request)
    const pageAt = followTokens(request)
    for (let answer = first; ; ) {
      const records = await peek(answer.records)
      const next = records.any ? 'end' : pageAt(answer.token())
      if (next === 'endless') throw misbehaved(`it shows ${MOST_PAGES} pages in a row without a record`)
      if (typeof next === 'string') return joined(first, answer, records.all)
      answer = await ask(next)
    }
  }
}

/** With the first answer's clock: what has happened since then is not in the others. */
function joined(first: Answer, last: Answer, records: Answer['records']): Answer {
  if (first === last) return { ...first, records }
  return { ...last, records, serverTime: first.serverTime }
}

/** Reads up to the first record, and still hands out everything. */
async function peek(
  records: Answer['records'],
): Promise<{ readonly any: boolean; readonly all: Answer['records'] }> {
  const reading = records[Symbol.asyncIterator]()
  let next = await reading.next()
  while (next.done !== true && next.value.length === 0) next = await reading.next()
  return { any: next.done !== true, all: rest(reading, next) }
}

async function* rest(
  reading: AsyncIterator<readonly SourceRecord[]>,
  first: IteratorResult<readonly SourceRecord[]>,
): AsyncGenerator<readonly SourceRecord[]> {
  try {
    for (let next = first; next.done !== true; next = await reading.next()) yield next.value
  } finally {
    await reading.return?.(undefined)
  }
}
