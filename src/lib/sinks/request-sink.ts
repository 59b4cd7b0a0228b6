/** A sink whose batch is one HTTP request. The sink says what the request is and how its answer is read. */
import type { Batch, CheckResult, Sink } from '../../connector.ts'
import { every, type Outcome } from '../../outcome.ts'
import type { ByteWriter } from '../byte-writer.ts'
import type { HttpAnswer } from '../http/http.ts'
import { outcomeOfFailure } from '../http/outcome.ts'
import type { Poster, PosterRequest } from '../http/poster.ts'
import { createSpareWriters } from '../spare-writers.ts'

interface RequestPlan {
  readonly poster: Poster
  /**
   * May have to fetch a token first; what it throws counts as a request without an answer. The body may be a view of
   * `out`, which may still hold earlier content, and belongs to this request until the answer.
   */
  request(batch: Batch, signal: AbortSignal, out: ByteWriter): PosterRequest | Promise<PosterRequest>
  /** One outcome for all events, or one per event in order. */
  judge(answer: HttpAnswer, batch: Batch): Outcome | readonly Outcome[]
  check(signal: AbortSignal): Promise<CheckResult>
}

export function createRequestSink({ poster, request, judge, check }: RequestPlan): Sink {
  const spare = createSpareWriters()
  return {
    async write(batch, signal) {
      const { length } = batch.events
      if (length === 0) return []
      try {
        const out = spare.take()
        const answer = await poster.send(await request(batch, signal, out), signal)
        spare.giveBack(out)
        const judged = judge(answer, batch)
        return 'kind' in judged ? every(length, judged) : judged
      } catch (error) {
        return every(length, outcomeOfFailure(error))
      }
    },
    check,
    close: () => poster.close(),
  }
}
