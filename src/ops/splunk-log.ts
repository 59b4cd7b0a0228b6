/**
 * Ships auditferry's own log to Splunk through `splunk-logging`. What that package lacks is done here: TLS is verified
 * (its `strictSSL` is off by default), the HTTP status is checked (it takes a 503 for success), and the queue is
 * bounded. If Splunk is away, it misses log lines, but nothing here pauses or crashes; stderr has everything.
 */
import { readFileSync } from 'node:fs'
import type { Agent } from 'node:http'
import { hostname } from 'node:os'
import { Writable } from 'node:stream'
import type { Logger } from 'splunk-logging'
import type { LogConfig } from '../config/config.ts'
import { messageOf, OperationError } from '../errors.ts'
import type { LogFields } from '../lib/logger.ts'

interface SplunkLogOptions {
  /** Tells the operator once when lines stop arriving, and once when they arrive again. */
  report(level: 'warn' | 'info', message: string, fields: LogFields): void
  /** Lines kept while Splunk is away; the oldest are dropped. */
  queueLimit?: number
  timeoutMs?: number
  firstRetryMs?: number
}

type SplunkConfig = NonNullable<LogConfig['splunk']>
type Entry = Record<string, unknown> & { level: string; timestamp?: unknown }

const BATCH = 200
const LAST_RETRY_MS = 60_000

/** Takes log entries as objects. Ending it tries to send what is queued, for `timeoutMs` at most; destroying it does not. */
export function createSplunkLog(config: SplunkConfig, options: SplunkLogOptions): Writable {
  const { report, queueLimit = 10_000, timeoutMs = 5_000, firstRetryMs = 1_000 } = options
  const { send, stop } = createSender(config, timeoutMs)
  const queue: Entry[] = []
  let dropped = 0
  let failures = 0
  let ending = false
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined

  function drop(count: number): void {
    queue.splice(0, count)
    dropped += count
  }

  async function sendNext(): Promise<void> {
    const batch = queue.splice(0, BATCH)
    const answer = await send(batch)
    if (answer.kind === 'sent') {
      if (failures > 0) report('info', 'own log reaches Splunk again', { dropped })
      failures = 0
      dropped = 0
      return
    }
    if (failures++ === 0) {
      report('warn', 'own log does not reach Splunk; it is complete on stderr', { reason: answer.reason })
    }
    if (answer.kind === 'refused') dropped += batch.length
    else queue.unshift(...batch)
    drop(Math.max(0, queue.length - queueLimit))
  }

  /** One request at a time; after a failure the next one waits, up to a minute. */
  function pump(): void {
    if (ending || sending !== undefined || timer !== undefined || queue.length === 0) return
    sending = sendNext().then(() => {
      sending = undefined
      if (failures === 0) return pump()
      const waitMs = Math.min(firstRetryMs * 2 ** (failures - 1), LAST_RETRY_MS)
      timer = setTimeout(() => {
        timer = undefined
        pump()
      }, waitMs).unref()
    })
  }

  async function flush(): Promise<void> {
    ending = true
    await sending
    clearTimeout(timer)
    const deadline = performance.now() + timeoutMs
    while (!stopped && queue.length > 0 && performance.now() < deadline) {
      await sendNext()
      if (failures > 0) return
    }
  }

  return new Writable({
    objectMode: true,
    write(entry: Entry, _encoding, done) {
      queue.push(entry)
      if (queue.length > queueLimit) drop(1)
      pump()
      done()
    },
    final(done) {
      flush().then(() => done(), done)
    },
    destroy(error, done) {
      stopped = true
      stop()
      done(error)
    },
  })
}

type SendAnswer =
  | { readonly kind: 'sent' }
  /** May succeed later. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** These lines will never be taken. */
  | { readonly kind: 'refused'; readonly reason: string }

function createSender(config: SplunkConfig, timeoutMs: number) {
  const ca = config.caFile === undefined ? {} : { ca: readCa(config.caFile) }
  const timeouts = { open_timeout: timeoutMs, response_timeout: timeoutMs, read_timeout: timeoutMs }
  const requestOptions = { strictSSL: !config.insecureSkipVerify, ...timeouts, ...ca }
  const host = hostname()
  let loading: Promise<{ client: Logger; agent: Agent }> | undefined

  const send = async (batch: readonly Entry[]): Promise<SendAnswer> => {
    try {
      loading ??= loadClient(config, requestOptions)
      const { client } = await loading
      client.config.token = config.token.reveal()
      for (const { timestamp, ...message } of batch) {
        const metadata = {
          time: Date.parse(String(timestamp)),
          host,
          source: 'auditferry',
          sourcetype: 'auditferry:log',
        }
        client.send({ message, severity: message.level, metadata })
      }
      return await new Promise((resolve) => {
        client.flush((error, response, body) => resolve(answerOf(error, response?.statusCode, body)))
      })
    } catch (thrown) {
      return { kind: 'failed', reason: messageOf(thrown) }
    }
  }
  /** Breaks off what is under way: the package can't, and a request keeps the process alive. */
  const stop = () => void loading?.then(({ agent }) => agent.destroy()).catch(() => undefined)
  return { send, stop }
}

/** Loaded on demand: the package takes megabytes that few need. */
async function loadClient(config: SplunkConfig, requestOptions: object) {
  const { default: splunkLogging } = await import('splunk-logging')
  const url = new URL(config.endpoint)
  const http = process.getBuiltinModule('node:http')
  const https = process.getBuiltinModule('node:https')
  const agent = url.protocol === 'http:' ? new http.Agent() : new https.Agent()
  const client = new splunkLogging.Logger({
    token: config.token.reveal(),
    protocol: url.protocol.slice(0, -1),
    host: url.hostname,
    port: Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
    ...(url.pathname === '/' ? {} : { path: url.pathname }),
    maxBatchCount: Number.MAX_SAFE_INTEGER,
  })
  client.eventFormatter = (message) => message
  client.error = () => {}
  client.requestOptions = { ...client.requestOptions, ...requestOptions, agent }
  return { client, agent }
}

function answerOf(error: Error | null, status: number | undefined, body: unknown): SendAnswer {
  if (error) return { kind: 'failed', reason: messageOf(error) }
  if (status === 200) return { kind: 'sent' }
  const text = typeof body === 'object' && body !== null && 'text' in body ? `: ${body.text}` : ''
  const reason = `HTTP ${status}${text}`
  return { kind: status === 400 || status === 413 ? 'refused' : 'failed', reason }
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (thrown) {
    throw new OperationError(`log.splunk: the CA file can't be read: ${messageOf(thrown)}`)
  }
}
