/**
 * The files of a sink whose batch is one HTTP request: correct in form, with a placeholder wherever a person must
 * write.
 */

/** File contents by name. `name` is the folder's name and the `type` in YAML. */
export function sinkTemplate(name: string): Readonly<Record<string, string>> {
  const title = name
    .split('_')
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join(' ')
  const files = {
    'config.ts': CONFIG,
    'encode.ts': ENCODE,
    'sink.ts': SINK,
    'preview.ts': PREVIEW,
    'index.ts': INDEX,
    'harness.ts': HARNESS,
    'answers.test.ts': TEST,
    'example.yaml': EXAMPLE,
    'README.md': README,
  }
  return Object.fromEntries(
    Object.entries(files).map(([file, content]) => [
      file,
      content.replaceAll('@NAME@', name).replaceAll('@TITLE@', title),
    ]),
  )
}

const CONFIG = `import { z } from 'zod'
import { headerSecret, httpUrl } from '../../../src/lib/options.ts'

export const config = z.strictObject({
  endpoint: httpUrl().describe('Address that events are posted to.'),
  token: headerSecret().describe('Token of the receiver.'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.output<typeof config>
`

const ENCODE = `/** A batch as the body of a request. Pure. */
import type { BatchEvent } from '../../../src/connector.ts'
import { linesOfPayloads } from '../../../src/lib/sinks/payload-bodies.ts'

export const CONTENT_TYPE = 'application/x-ndjson'

export function encode(events: readonly BatchEvent[]): Buffer {
  return linesOfPayloads(events)
}
`

const SINK = `import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { cureOfBusy, outcomeOfStatus } from '../../../src/lib/http/outcome.ts'
import { connectionCure, createPoster } from '../../../src/lib/http/poster.ts'
import { createRequestSink } from '../../../src/lib/sinks/request-sink.ts'
import type { Config } from './config.ts'
import { CONTENT_TYPE, encode } from './encode.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const { endpoint: url, token, compression } = config
  const poster = createPoster(context, { compression, secrets: [token] })
  const headers = () => ({ authorization: \`Bearer \${token.reveal()}\`, 'content-type': CONTENT_TYPE })

  async function check(signal: AbortSignal): Promise<CheckResult> {
    try {
      const { status } = await poster.send({ url, method: 'HEAD', headers: headers() }, signal)
      const detail = \`\${url} answers \${status}\`
      if (status < 400) return { ok: true, detail, cure: '' }
      return { ok: false, detail, cure: cureOfBusy(status) || 'check \`endpoint\` and \`token\`' }
    } catch (error) {
      return { ok: false, detail: messageOf(error), cure: connectionCure(error) }
    }
  }

  return createRequestSink({
    poster,
    request: ({ events }) => ({ url, headers: headers(), body: encode(events) }),
    judge: (answer) => outcomeOfStatus(answer, context.now()),
    check,
  })
}
`

const PREVIEW = `import type { Batch, Preview } from '../../../src/connector.ts'
import type { Config } from './config.ts'
import { CONTENT_TYPE, encode } from './encode.ts'

/** The request of a batch, before compression. */
export function previewRequest({ endpoint }: Config, _: unknown, { events }: Batch): Preview {
  return {
    place: \`POST \${endpoint}\`,
    headers: { authorization: 'Bearer [token]', 'content-type': CONTENT_TYPE },
    body: encode(events).toString(),
  }
}
`

const INDEX = `import { defineSink } from '../../../src/connector.ts'
import { JSON_FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: '@NAME@',
  title: '@TITLE@',
  summary: 'Posts events to @TITLE@.',
  config,
  formats: JSON_FORMAT_NAMES,
  limits: () => ({
    defaults: { maxEvents: 1_000, maxBytes: 1 << 20, maxAgeMs: 1_000, inFlight: 2, timeoutMs: 30_000 },
  }),
  preview: previewRequest,
  create: createSink,
})
`

const HARNESS = `import type { Receiver, SinkHarness } from '../../../test/conformance/sink-harness.ts'

export const harness: SinkHarness = {
  type: '@NAME@',
  async start(): Promise<Receiver> {
    throw new Error('not written yet: connectors/sinks/@NAME@/harness.ts')
  },
}
`

const TEST = `import { expect, it } from 'vitest'

it('reads every documented answer of the product', () => {
  expect.fail('not written yet: connectors/sinks/@NAME@/answers.test.ts')
})
`

const EXAMPLE = `sinks:
  @NAME@:
    type: @NAME@
    endpoint: https://receiver.example/events
    token: \${RECEIVER_TOKEN}
`

const README = `# @TITLE@ (\`@NAME@\`)

What it is, what a request holds, and what counts as delivered.

## Options

<!-- options -->
<!-- /options -->

Every sink also takes the [common options](../../../docs/configuration.md#options-of-every-sink) and [rules](../../../docs/rules.md).

## Answers and failures

| answer | what happens | cure |
|---|---|---|
| 2xx | delivered | |
| 401, 403 | the sink pauses | \`token\` |
| 413 | halved | |
| 429, 5xx | sent again; \`Retry-After\` is honoured | |
`
