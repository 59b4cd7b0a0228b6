/**
 * Follows continuation tokens through a second that fills pages. Tokens are opaque and may point at a position or
 * only at a second, so what they lead to is checked: pages that repeat are given up, and an edge of a page exactly
 * at the crowded second's end leaves it unproven.
 */
import type { Answer, ReadRequest, RecordFields } from '../connector.ts'
import { SourceError } from '../errors.ts'

export interface CrowdedSecond {
  readonly records: readonly RecordFields[]
  /** true: proven; false: a gap; undefined: the tokens led nowhere, ask below. */
  readonly complete: boolean | undefined
  readonly reason: string
}

/** @param shown what the answer that gave `request.token` showed of the second */
export async function readCrowdedSecond(
  ask: (request: ReadRequest) => Promise<Answer>,
  request: ReadRequest & { readonly token: string },
  shown: { readonly second: number; readonly records: readonly RecordFields[] },
): Promise<CrowdedSecond> {
  const { second } = shown
  const led = { records: shown.records, complete: undefined, reason: '' }
  const gathered = [...shown.records]
  const tokens = new Set<string>()
  let token: string | undefined = request.token
  while (token !== undefined && !tokens.has(token)) {
    tokens.add(token)
    const answer: Answer | undefined = await ask({ ...request, token }).catch(ifTokenExpired)
    if (answer === undefined) return led
    const { records, older } = await readSecond(answer, second)
    if (older && records.length > 0) return { records: [...gathered, ...records], complete: true, reason: '' }
    if (older) {
      return {
        records: gathered,
        complete: false,
        reason: 'a page of the source ends exactly inside this crowded second',
      }
    }
    if (records.length === 0 || sameRecords(records, gathered.slice(-records.length))) return led
    gathered.push(...records)
    token = answer.token()
  }
  return token === undefined ? { ...led, records: gathered } : led
}

async function readSecond(
  answer: Answer,
  second: number,
): Promise<{ records: RecordFields[]; older: boolean }> {
  const records: RecordFields[] = []
  for await (const chunk of answer.records) {
    for (const record of chunk) {
      if ('unreadable' in record || record.timestamp > second) continue
      if (record.timestamp < second) return { records, older: true }
      records.push(record)
    }
  }
  return { records, older: false }
}

function sameRecords(left: readonly RecordFields[], right: readonly RecordFields[]): boolean {
  const sorted = (it: readonly RecordFields[]) =>
    it
      .map((record) => record.raw)
      .sort()
      .join('\n')
  return left.length === right.length && sorted(left) === sorted(right)
}

function ifTokenExpired(error: unknown): undefined {
  if (error instanceof SourceError && error.fault === 'token_expired') return undefined
  throw error
}
