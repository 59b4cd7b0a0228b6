/** A sink that a package made. Nobody here has read it, so what it says and does is held to the contract of `src/connector.ts`. */
import { z } from 'zod'
import type { Batch, Sink, SinkContext, SinkDefinition } from '../connector.ts'
import { messageOf, OperationError } from '../errors.ts'

/** What `create` may return: a sink without anything open has nothing to close. */
type PackageSink = Omit<Sink, 'close'> & Partial<Pick<Sink, 'close'>>

/** Throws an OperationError where `create` makes no sink. */
export function createChecked(
  definition: SinkDefinition,
  name: string,
  config: unknown,
  context: SinkContext,
): Sink {
  let sink: PackageSink | undefined
  try {
    sink = definition.create(config, context)
  } catch (error) {
    throw new OperationError(`the package ${name} makes no sink: \`create\` throws: ${messageOf(error)}`)
  }
  if (typeof sink?.write !== 'function') {
    throw new OperationError(
      `the package ${name} makes no sink: \`create\` must return one that has \`write\``,
    )
  }
  return checked(sink, name, context)
}

/** Called as methods of the sink itself: the private members of a class are seen by nothing else. */
const OWN = ['check', 'readBack', 'tend', 'release', 'reopen'] as const

function checked(sink: PackageSink, name: string, { logger }: SinkContext): Sink {
  const own = OWN.flatMap((key) => (typeof sink[key] === 'function' ? [[key, sink[key].bind(sink)]] : []))
  return {
    ...(Object.fromEntries(own) as Pick<Sink, (typeof OWN)[number]>),
    ...(sink.archive && { archive: sink.archive }),
    async write(batch, signal) {
      const outcomes = await sink.write(batch, signal)
      const fault = faultOf(outcomes, batch)
      // It has said nothing: the batch is written again.
      if (fault !== undefined) throw new Error(`the package ${name} did not answer with ${fault}`)
      return outcomes
    },
    async close() {
      try {
        await sink.close?.()
      } catch (error) {
        logger.warn('the sink did not close well', { reason: messageOf(error) })
      }
    },
  }
}

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
