/** A sink whose batch is one HTTP request. The sink says what the request is and how its answer is read. */
import type { Batch, CheckResult, Sink } from '../connector.ts'
import { every, type Outcome } from '../outcome.ts'
import type { HttpAnswer } from './http.ts'
import { outcomeOfFailure } from './http-outcome.ts'
import type { Poster, PosterRequest } from './http-poster.ts'

export interface RequestPlan {
  readonly poster: Poster
  /** May have to fetch a token first; what it throws is judged as a request without an answer. */
  request(batch: Batch, signal: AbortSignal): PosterRequest | Promise<PosterRequest>
  /** One outcome for all events, or one an event in order. */
  judge(answer: HttpAnswer, batch: Batch): Outcome | readonly Outcome[]
  check(signal: AbortSignal): Promise<CheckResult>
}

export function createRequestSink({ poster, request, judge, check }: RequestPlan): Sink {
  return {
    async write(batch, signal) {
      const { length } = batch.events
      if (length === 0) return []
      try {
        const answer = await poster.send(await request(batch, signal), signal)
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
