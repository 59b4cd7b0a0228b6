/** What a partition knows about producers: their sequence numbers have no gaps (KIP-98). */
import type { RecordBatch } from './record-batch.ts'

const OUT_OF_ORDER_SEQUENCE_NUMBER = 45
const DUPLICATE_SEQUENCE_NUMBER = 46
const INVALID_PRODUCER_EPOCH = 47
const UNKNOWN_PRODUCER_ID = 59

type Sequenced = { readonly code: number } | { readonly code: 0; readonly isRepeat: boolean }

const REMEMBERED = 5

export function createSequences() {
  const producers = new Map<bigint, { epoch: number; next: number; last: number[] }>()
  return {
    /** The outcome of an append; a repetition of one of the last five batches succeeds, but isn't stored again. */
    accept({ producerId, producerEpoch, firstSequence, records }: RecordBatch): Sequenced {
      if (producerId === -1n) return { code: 0, isRepeat: false }
      const known = producers.get(producerId)
      if (known === undefined && firstSequence !== 0) return { code: UNKNOWN_PRODUCER_ID }
      const state = known ?? { epoch: producerEpoch, next: 0, last: [] }
      if (producerEpoch < state.epoch) return { code: INVALID_PRODUCER_EPOCH }
      if (state.last.includes(firstSequence)) return { code: 0, isRepeat: true }
      if (firstSequence < state.next) return { code: DUPLICATE_SEQUENCE_NUMBER }
      if (firstSequence > state.next) return { code: OUT_OF_ORDER_SEQUENCE_NUMBER }
      producers.set(producerId, {
        epoch: producerEpoch,
        next: firstSequence + records.length,
        last: [...state.last, firstSequence].slice(-REMEMBERED),
      })
      return { code: 0, isRepeat: false }
    },
    /** As if the producers' state had expired. */
    forget: () => producers.clear(),
  }
}
