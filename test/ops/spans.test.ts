import { type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { afterEach, expect, test } from 'vitest'
import { span } from '../../src/ops/spans.ts'

afterEach(() => trace.disable())

test('without an SDK the function runs as if alone', async () => {
  expect(await span('poll', { source: 'acme' }, async () => 7)).toBe(7)
  await expect(span('poll', {}, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
})

test('with an SDK a span is recorded, ended, and marked without secrets when it fails', async () => {
  const seen: unknown[] = []
  const fake = {
    setStatus: (status: unknown) => seen.push(status),
    end: () => seen.push('end'),
  } as unknown as Span
  const tracer = {
    startActiveSpan(name: string, options: object, run: (it: Span) => unknown) {
      seen.push([name, options])
      return run(fake)
    },
  } as unknown as Tracer
  trace.setGlobalTracerProvider({ getTracer: () => tracer })

  await span('deliver', { sink: 'soc' }, async () => {})
  expect(seen.splice(0)).toEqual([['deliver', { attributes: { sink: 'soc' } }], 'end'])
  const refused = new Error('refused: token pul-abcdef0123')
  await expect(span('deliver', {}, () => Promise.reject(refused))).rejects.toBe(refused)
  const status = { code: SpanStatusCode.ERROR, message: 'refused: token [redacted]' }
  expect(seen).toEqual([['deliver', { attributes: {} }], status, 'end'])
})
