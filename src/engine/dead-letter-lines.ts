import { OperationError } from '../errors.ts'
import { jsonText } from '../lib/json-text.ts'
import { deadLetterPages } from '../spool/dead-letter-pages.ts'
import type { DeadLetter, DeadLetterQuery } from '../spool/store.ts'
import { deadLetterToJson } from './dead-letter-json.ts'
import type { EngineApi } from './engine-api.ts'

/** All dead letters as NDJSON, one per line. Rejects if the first page fails; a later failure breaks the stream off. */
export async function deadLetterLines(
  api: Pick<EngineApi, 'deadLetters'>,
  query: DeadLetterQuery,
): Promise<AsyncIterable<string>> {
  const pages = decrypted(deadLetterPages(api, query))
  const first = await pages.next()
  const lines = async function* () {
    if (!first.done) yield linesOf(first.value)
    for await (const page of pages) yield linesOf(page)
  }
  return lines()
}

/** Throws OperationError when one can't be decrypted: what somebody drops after an export must be in it. */
async function* decrypted(pages: AsyncIterable<readonly DeadLetter[]>) {
  for await (const page of pages) {
    const unreadable = page.find((letter) => letter.unreadable !== undefined)?.unreadable
    if (unreadable !== undefined) throw new OperationError(unreadable)
    yield page
  }
}

function linesOf(letters: readonly DeadLetter[]): string {
  return letters.map((letter) => `${jsonText(deadLetterToJson(letter))}\n`).join('')
}
