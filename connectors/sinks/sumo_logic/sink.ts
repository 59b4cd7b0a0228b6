import type { BatchEvent, CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords, outcomeOfOther, withCure } from '../../../src/lib/http/outcome.ts'
import { connectionCure, createPoster } from '../../../src/lib/http/poster.ts'
import { createEntrySink } from '../../../src/lib/sinks/entry-sink.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { type Config, codeOf, metadataHeaders, shownAddress } from './config.ts'

/** "Upload data to an HTTP source": 100 KB to 1 MB before compression. */
export const MOST_BYTES = 1_000_000

export function createSink(config: Config, context: SinkContext): Sink {
  const { endpoint, compression } = config
  const poster = createPoster(context, { compression, secrets: [endpoint, codeOf(endpoint)] })
  const headers = metadataHeaders(config)

  /** Sends no data, so nothing is stored. */
  async function check(signal: AbortSignal): Promise<CheckResult> {
    const place = shownAddress(endpoint)
    try {
      const answer = await poster.send({ method: 'GET', url: endpoint.reveal() }, signal)
      const { status } = answer
      if (status === 200) return { ok: true, detail: `${place} is reached`, cure: '' }
      return { ok: false, detail: `${place}: ${answerInWords(answer)}`, cure: cureOf(status) }
    } catch (error) {
      return { ok: false, detail: `${place}: ${messageOf(error)}`, cure: connectionCure(error) }
    }
  }

  return createEntrySink({
    poster,
    limits: { entry: MOST_BYTES, request: MOST_BYTES },
    write: writeLine,
    separator: '\n',
    wrap: (lines) => [lines],
    request: (body) => ({ url: endpoint.reveal(), headers, body }),
    judge: (answer) => judge(answer, context.now()),
    check,
  })
}

function writeLine({ payload }: BatchEvent, out: ByteWriter): undefined {
  out.bytes(payload)
}

/** 200 accepts all lines; a page from something in between is not the source's answer. */
function judge(answer: HttpAnswer, now: number): Outcome {
  if (answer.status === 200 && !answer.body.trimStart().startsWith('<')) return delivered
  return withCure(outcomeOfOther(answer, 'Sumo Logic', now), cureOf(answer.status))
}

function cureOf(status: number): string {
  if (status === 429 || status >= 500) return 'Sumo Logic is in trouble or over its quota; events wait here'
  return 'copy the address of the HTTP source again (Manage Collection, Show URL)'
}
