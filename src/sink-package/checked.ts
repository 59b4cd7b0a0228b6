/** A sink that a package made. Nobody here has read it, so what it says and does is held to the contract of `src/connector.ts`. */
import { inspect } from 'node:util'
import { z } from 'zod'
import type { Batch, Sink, SinkContext, SinkDefinition } from '../connector.ts'
import { messageOf, OperationError } from '../errors.ts'
import type { Stored } from '../formats/read-back.ts'
import { abortable } from '../lib/abortable.ts'
import { withDeadline } from '../lib/deadline.ts'
import { masked, maskedOutcome } from '../lib/http/poster.ts'
import type { LogFields, Logger } from '../lib/logger.ts'
import { Secret } from '../lib/secret.ts'
import { receiveStray, strayText } from './stray-errors.ts'

/** What `create` may return: a sink without anything open has nothing to close. */
type PackageSink = Omit<Sink, 'close'> & Partial<Pick<Sink, 'close'>>

/** Throws an OperationError where `create` makes no sink. */
export function createChecked(
  definition: SinkDefinition,
  name: string,
  config: unknown,
  context: SinkContext,
): Sink {
  const secrets = secretsIn(config)
  const clean = (text: string) => masked(text, secrets)
  const logger = discreet(context.logger, clean)
  let warnedAt = Number.NEGATIVE_INFINITY
  const warn = (error: unknown) => {
    // What throws in an interval would fill the log's disk.
    if (context.now() - warnedAt < WARN_EVERY_MS) return
    warnedAt = context.now()
    logger.warn('the sink threw outside of its promises', { reason: clean(messageOf(error)) })
  }
  let sink: PackageSink | undefined
  try {
    sink = receiveStray(name, warn, () => definition.create(config, { ...context, logger }))
  } catch (error) {
    throw new OperationError(
      `the package ${name} makes no sink: \`create\` throws: ${clean(messageOf(error))}`,
    )
  }
  if (typeof sink?.write !== 'function') {
    throw new OperationError(
      `the package ${name} makes no sink: \`create\` must return one that has \`write\``,
    )
  }
  return checked(sink, name, context, warn, secrets)
}

/** A package may put them into what it says, as libraries that quote a request do. Its options may be objects of its own, in a circle too. */
function secretsIn(option: unknown, seen = new Set<unknown>()): Secret[] {
  if (option instanceof Secret) return [option]
  if (typeof option !== 'object' || option === null || seen.has(option)) return []
  seen.add(option)
  return Object.values(option).flatMap((it) => secretsIn(it, seen))
}

/** What it logs by the logger of its context. The fields may be anything, whatever the contract says. */
function discreet(logger: Logger, clean: (text: string) => string): Logger {
  const cleanField = (value: unknown) => {
    if (value === undefined || typeof value === 'number' || typeof value === 'boolean') return value
    return clean(typeof value === 'string' ? value : inspect(value))
  }
  const cleanFields = (fields: LogFields = {}) =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, cleanField(value)]))
  const cleanly =
    (level: 'debug' | 'info' | 'warn' | 'error'): Logger['info'] =>
    (message, fields) =>
      logger[level](clean(String(message)), cleanFields(fields))
  return {
    debug: cleanly('debug'),
    info: cleanly('info'),
    warn: cleanly('warn'),
    error: cleanly('error'),
    child: (fields) => discreet(logger.child(cleanFields(fields)), clean),
  }
}

/** Called as methods of the sink itself: the private members of a class are seen by nothing else. */
const OWN = ['check', 'tend', 'release', 'reopen'] as const

/** A write may be many requests, and wait until all are acknowledged: it has so many times the `timeout` of one. */
const WRITE_PATIENCE = 10
/** For errors outside of its promises. */
const WARN_EVERY_MS = 60_000
/** The contract's, for a write whose signal is aborted. */
const GRACE_MS = 1_000

function checked(
  sink: PackageSink,
  name: string,
  { logger, connection }: SinkContext,
  warn: (error: unknown) => void,
  secrets: readonly Secret[],
): Sink {
  const clean = (text: string) => masked(text, secrets)
  /** With what it is and its causes, unless they tell a secret. */
  const withoutSecrets = (thrown: unknown) => {
    const text = messageOf(thrown)
    return clean(text) === text ? thrown : new Error(clean(text))
  }
  const hanging = new Error(
    `the package ${name} did not settle \`write\` within 1s after its signal was aborted`,
  )
  const giveUp = (hung: AbortController) => {
    logger.warn('the sink is not waited for any more: its batch is sent again', { reason: hanging.message })
    hung.abort(hanging)
  }
  const writeInTime = async (batch: Batch, signal: AbortSignal) => {
    const hung = new AbortController()
    const stray = (error: unknown) => {
      warn(error)
      hung.abort(new Error(clean(strayText(name, error))))
    }
    let timer: NodeJS.Timeout | undefined
    const arm = () => {
      timer = setTimeout(giveUp, GRACE_MS, hung)
    }
    if (signal.aborted) arm()
    signal.addEventListener('abort', arm)
    return abortable(
      receiveStray(name, stray, async () => sink.write(batch, signal)).catch((thrown: unknown) => {
        if (thrown instanceof Error) throw withoutSecrets(thrown)
        throw new Error(clean(`the package ${name} threw ${inspect(thrown)}, which is no Error`))
      }),
      hung.signal,
    ).finally(() => clearTimeout(timer))
  }
  const own = OWN.flatMap((key) => {
    if (typeof sink[key] !== 'function') return []
    const call = sink[key].bind(sink) as (...given: unknown[]) => unknown
    const callWell = async (...given: unknown[]) => {
      try {
        return await receiveStray(name, warn, () => call(...given))
      } catch (thrown) {
        throw withoutSecrets(thrown)
      }
    }
    return [[key, callWell]]
  })
  const calls = Object.fromEntries(own) as Pick<Sink, (typeof OWN)[number]>
  const { check } = calls
  const checkWell: Sink['check'] = async (signal) => {
    const { data } = checkResult.safeParse(await check?.(signal))
    if (data !== undefined) return { ...data, detail: clean(data.detail), cure: clean(data.cure) }
    throw new Error(`the package ${name} did not answer \`check\` with ok, detail and cure`)
  }
  async function* readWell(stored: AsyncIterable<Stored>) {
    try {
      yield* stored
    } catch (thrown) {
      throw withoutSecrets(thrown)
    }
  }
  const readBack: Sink['readBack'] = (range, signal) => {
    const stored = receiveStray(name, warn, () => sink.readBack?.(range, signal))
    return stored && readWell(stored)
  }
  return {
    ...calls,
    ...(check && { check: checkWell }),
    ...(typeof sink.readBack === 'function' && { readBack }),
    ...(sink.archive && { archive: sink.archive }),
    async write(batch, signal) {
      const patienceMs = WRITE_PATIENCE * connection.timeoutMs
      const outcomes = await withDeadline(signal, patienceMs, (limited) => writeInTime(batch, limited))
      const fault = faultOf(outcomes, batch)
      // It has said nothing: the batch is written again.
      if (fault !== undefined) throw new Error(`the package ${name} did not answer with ${fault}`)
      // Most are one and the same.
      const told = new Map([...new Set(outcomes)].map((it) => [it, maskedOutcome(it, secrets)] as const))
      return outcomes.map((it) => told.get(it) ?? it)
    },
    async close() {
      try {
        await receiveStray(name, warn, async () => sink.close?.())
      } catch (error) {
        logger.warn('the sink did not close well', { reason: clean(messageOf(error)) })
      }
    },
  }
}

const checkResult = z.object({ ok: z.boolean(), detail: z.string(), cure: z.string() })
const reason = z.string()
const answer = z.string().optional()
const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('delivered') }),
  z.object({ kind: z.literal('retry'), reason, afterMs: z.number().optional() }),
  z.object({ kind: z.literal('pause'), reason }),
  z.object({ kind: z.literal('split'), reason, answer }),
  z.object({ kind: z.literal('rejected'), reason, answer }),
])

function faultOf(outcomes: unknown, { events }: Batch): string | undefined {
  if (!Array.isArray(outcomes) || outcomes.length !== events.length) {
    return `one outcome for each of ${events.length} events`
  }
  // Most are one and the same.
  for (const it of new Set<unknown>(outcomes)) {
    const [issue] = outcome.safeParse(it).error?.issues ?? []
    if (issue !== undefined) return `an outcome: ${[...issue.path, issue.message].join(': ')}`
  }
  return undefined
}
