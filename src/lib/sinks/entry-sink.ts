/**
 * A sink whose batch is one HTTP request of entries, one per event, where the product bounds both: an entry that is too
 * large is rejected alone, with a reason; a request that is too large is never sent. The sink says what an entry is.
 */
import type { Batch, BatchEvent, CheckResult, Sink } from '../../connector.ts'
import { every, type Outcome } from '../../outcome.ts'
import { ByteWriter } from '../byte-writer.ts'
import type { HttpAnswer } from '../http/http.ts'
import { outcomeOfFailure } from '../http/outcome.ts'
import type { Poster, PosterRequest } from '../http/poster.ts'
import { createSpareWriters } from '../spare-writers.ts'

interface EntryPlan {
  readonly poster: Pick<Poster, 'send' | 'close'>
  /** Bytes before compression. `request` includes what goes around the entries. */
  readonly limits: { readonly entry: number; readonly request: number }
  /** Appends one entry, or answers why the product would not keep this event whole. */
  write(event: BatchEvent, out: ByteWriter): string | undefined
  /** Goes between two entries; nothing if unset. */
  readonly separator?: string
  /** Pieces of the body: the entries, and what goes around them. */
  wrap(entries: Uint8Array, batch: Batch): readonly Uint8Array[]
  request(body: Uint8Array, batch: Batch): PosterRequest
  /** One outcome for all entries that were sent. */
  judge(answer: HttpAnswer, sent: number): Outcome
  /** For sinks where more than HTTP can fail, such as a token; plain HTTP failures if unset. */
  failed?(error: unknown): Outcome
  check(signal: AbortSignal): Promise<CheckResult>
}

export function createEntrySink(plan: EntryPlan): Sink {
  const out = new ByteWriter()
  const spare = createSpareWriters()

  async function send(whole: ByteWriter, batch: Batch, sent: number, signal: AbortSignal): Promise<Outcome> {
    const { request } = plan.limits
    const body = whole.written()
    if (body.length > request) {
      return { kind: 'split', reason: `a request of ${body.length} bytes; the product takes ${request}` }
    }
    try {
      const answer = await plan.poster.send(plan.request(body, batch), signal)
      spare.giveBack(whole)
      return plan.judge(answer, sent)
    } catch (error) {
      return (plan.failed ?? outcomeOfFailure)(error)
    }
  }

  return {
    async write(batch, signal) {
      const whole = spare.take()
      const { refused } = bodyOf(batch, plan, out, whole)
      const sent = batch.events.length - refused.size
      const outcome = sent === 0 ? undefined : await send(whole, batch, sent, signal)
      if (outcome === undefined) return [...refused.values()]
      const outcomes = every(batch.events.length, outcome)
      for (const [index, refusal] of refused) outcomes[index] = refusal
      return outcomes
    },
    check: (signal) => plan.check(signal),
    close: () => plan.poster.close(),
  }
}

/** Also for a preview. The body is a view of `whole`. `refused`: by the event's place in the batch, in order. */
export function bodyOf(
  batch: Batch,
  { write, separator = '', wrap, limits }: Pick<EntryPlan, 'write' | 'separator' | 'wrap' | 'limits'>,
  out = new ByteWriter(),
  whole = new ByteWriter(),
): { readonly body: Uint8Array; readonly refused: ReadonlyMap<number, Outcome> } {
  const refused = new Map<number, Outcome>()
  out.clear()
  batch.events.forEach((event, index) => {
    const before = out.size
    if (before > 0) out.ascii(separator)
    const start = out.size
    const reason = write(event, out) ?? reasonOf(out.size - start, limits.entry)
    if (reason === undefined) return
    out.size = before
    refused.set(index, { kind: 'rejected', reason })
  })
  whole.clear()
  for (const piece of wrap(out.written(), batch)) whole.bytes(piece)
  return { body: whole.written(), refused }
}

function reasonOf(bytes: number, most: number): string | undefined {
  return bytes > most ? `an entry of ${bytes} bytes; the product keeps ${most} at most` : undefined
}
