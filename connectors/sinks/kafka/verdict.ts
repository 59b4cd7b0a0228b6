/** What a broker answered about a partition: the outcome of each of its events. */
import { excerptOf } from '../../../src/lib/http/outcome.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import { CURES } from './failure.ts'

/** The part about one partition in an answer to Produce. */
export interface PartitionAnswer {
  readonly index: number
  readonly errorCode: number
  readonly errorMessage?: string | null
  /** `batchIndex`: the record's place among those of this partition. */
  readonly recordErrors?: readonly {
    readonly batchIndex: number
    readonly batchIndexErrorMessage?: string | null
  }[]
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
/** The answer may say which records it means. */
const BAD_RECORDS = new Set(['INVALID_RECORD', 'INVALID_TIMESTAMP'])

type NameOf = (code: number) => string | undefined

/** One outcome for each of `count` records that were sent to the partition, in order. */
export function outcomesOfPartition(answer: PartitionAnswer, count: number, nameOf: NameOf): Outcome[] {
  const { errorCode, errorMessage, recordErrors = [] } = answer
  if (errorCode === 0) return every(count, recordErrors.length === 0 ? delivered : CONTRADICTION)
  const name = nameOf(errorCode) ?? 'an unknown code'
  const text = errorMessage ?? ''
  const said = `${name} (${errorCode})${excerptOf(text)}`
  if (!BAD_RECORDS.has(name)) return every(count, outcomeOfCode(name, said, text))
  const [first] = recordErrors
  if (first === undefined) return every(count, { kind: 'split', reason: said, answer: text })
  // A compacted topic refuses every record without a key, for good.
  if (/without key/i.test(first.batchIndexErrorMessage ?? text))
    return every(count, { kind: 'pause', reason: `${said}; the topic is compacted: set \`key\`` })
  const spoilt = `${said}; the batch was refused for another of its records`
  const outcomes = every(count, { kind: 'retry', reason: spoilt, afterMs: 0 })
  for (const { batchIndex, batchIndexErrorMessage } of recordErrors) {
    if (batchIndex < 0 || batchIndex >= count) return every(count, { kind: 'split', reason: said })
    const why = excerptOf(batchIndexErrorMessage ?? '')
    outcomes[batchIndex] = { kind: 'rejected', reason: said + why, answer: batchIndexErrorMessage ?? text }
  }
  return outcomes
}

function outcomeOfCode(name: string, said: string, answer: string): Outcome {
  if (TOO_LARGE.has(name)) return { kind: 'split', reason: said, answer }
  const cure = CURES[name]
  return cure === undefined ? { kind: 'retry', reason: said } : { kind: 'pause', reason: `${said}; ${cure}` }
}

const CONTRADICTION: Outcome = {
  kind: 'retry',
  reason: 'the broker names bad records of a batch that it took',
}
