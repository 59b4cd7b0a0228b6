/**
 * Events as they are archived, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * A comment now and then shows proxies and browsers that the connection is alive.
 */
import type { ArchivedEvent } from '../archive/archive.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import { abortable } from '../lib/abortable.ts'
import { listed } from './cut-events.ts'
import { asked, FILTERS } from './event-filters.ts'
import { parametersOf } from './parameters.ts'
import type { Route } from './route.ts'
import { EVENT_STREAM } from './send.ts'

const HEARTBEAT_MS = 15_000

export function eventStreamRoutes(engine: Pick<EngineApi, 'archives'>): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events/stream',
      access: 'viewer',
      summary: 'server-sent events: what is archived from now on; filters',
      parameters: Object.keys(FILTERS),
      handle({ query: parameters, signal, closing, isStillAllowed }) {
        const { archive, query } = asked(engine, parametersOf(FILTERS, parameters))
        const until = AbortSignal.any([signal, closing])
        const pieces = withHeartbeats(archive.follow(query, until), HEARTBEAT_MS, until)
        const body = whileAllowed(pieces, isStillAllowed)
        // nginx would buffer small pieces: https://nginx.org/en/docs/http/ngx_http_proxy_module.html
        return { status: 200, type: EVENT_STREAM, headers: { 'x-accel-buffering': 'no' }, body }
      },
    },
  ]
}

/** Of a session that is over nothing more is shown; the browser asks anew, and is refused. */
async function* whileAllowed(pieces: AsyncIterable<string>, isAllowed: () => Promise<boolean>) {
  for await (const piece of pieces) {
    if (!(await isAllowed())) return
    yield piece
  }
}

/** Ends when the pieces end, and at the latest with the signal. */
export async function* withHeartbeats(
  pieces: AsyncIterable<readonly ArchivedEvent[]>,
  everyMs: number,
  until: AbortSignal,
): AsyncGenerator<string> {
  const iterator = pieces[Symbol.asyncIterator]()
  try {
    for (let next = iterator.next(); ; ) {
      const first = await within(next, everyMs, until)
      if (first === undefined) {
        yield ':\n\n'
        continue
      }
      if (first.done === true) return
      next = iterator.next()
      // It may fail while what came before is still being sent.
      next.catch(() => {})
      if (first.value.length > 0) yield `data: {"events":[${(await listed(first.value)).join(',')}]}\n\n`
    }
  } catch (thrown) {
    if (!until.aborted) throw thrown
  } finally {
    // Not waited for: it ends when the signal does.
    iterator.return?.()?.catch(() => {})
  }
}

/** Undefined when it takes longer. Rejects when the signal aborts. */
async function within<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await abortable(Promise.race([work, silence]), signal)
  } finally {
    clearTimeout(timer)
  }
}
