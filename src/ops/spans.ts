/** Tracing only through the OpenTelemetry API: without an SDK in the process each call costs next to nothing. */
import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { messageOf } from '../errors.ts'
import { redactText } from './redact-log.ts'

/**
 * Runs `fn` as one span, the parent of every span begun inside it. A thrown error marks the span and is
 * thrown on; its stack stays out, and its message is redacted: traces leave the process.
 */
export function span<Result>(
  name: string,
  attributes: Attributes,
  fn: (span: Span) => Promise<Result>,
): Promise<Result> {
  return trace.getTracer('auditferry').startActiveSpan(name, { attributes }, async (active) => {
    try {
      return await fn(active)
    } catch (thrown) {
      active.setStatus({ code: SpanStatusCode.ERROR, message: redactText(messageOf(thrown)) })
      throw thrown
    } finally {
      active.end()
    }
  })
}
