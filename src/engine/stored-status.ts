/** The status as stored, for when no engine answers. */
import type { Config } from '../config/config.ts'
import { sinkStatus, sourceStatus, spoolStatus, type Trouble, worstState } from '../ops/assess.ts'
import type { SinkStatus, Status } from '../ops/status.ts'
import type { SourceHealth } from '../poll/poll-loop.ts'
import { formerSources, withFormer } from '../spool/former-sources.ts'
import { freshSource, type SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import { VERSION } from '../version.ts'
import { lastHealth } from './last-health.ts'
import { leftSinks } from './left-sinks.ts'
import { reasonsOf } from './operator-pause.ts'
import { heldUp, publishedHealth, storedSinkFacts } from './status.ts'

export async function storedStatus(config: Config, store: Store): Promise<Status> {
  const now = Date.now()
  const sources = Object.values(config.sources)
  const former = await formerSources(config, store)
  const logs = new Map([
    ...(await Promise.all(sources.map(async ({ id }) => [id, await store.bounds(id)] as const))),
    ...former.map(({ id, bounds }) => [id, bounds] as const),
  ])
  const paused = reasonsOf(await store.pauses())
  const last = await lastHealth(store)
  const refusal = store.trouble()
  const stuck = refusal === undefined ? undefined : ({ state: 'stuck', reason: refusal } as const)
  const sourceEntries = await Promise.all(
    sources.map(async (source) => {
      const state = (await store.loadSource(source.id)) ?? freshSource
      const quarantined = await store.countQuarantined(source.id)
      const published = await store.published(`source ${source.id}`)
      const left = last[`source ${source.id}`]
      const pause = heldUp(paused.get(`source ${source.id}`))
      const health =
        stuck ?? pause ?? publishedHealth(published) ?? (left && asLeft(left)) ?? ifNobodyPolls(state)
      const pausedByOperator = pause !== undefined
      const facts = {
        config: source,
        state,
        quarantined,
        health,
        pausedByOperator,
        nextPoll: published?.nextPoll,
      }
      return [source.id, sourceStatus(facts, now)] as const
    }),
  )
  const enabled = Object.values(config.sinks).filter((sink) => sink.enabled)
  const sinkEntries = await Promise.all(
    enabled.map(async (configured) => {
      const sink = withFormer(configured, former)
      const pause = paused.get(`sink ${sink.id}`)
      const facts = await storedSinkFacts(store, sink, pause)
      const status = sinkStatus({ logs, ...facts, ...(stuck && { trouble: stuck }) }, now)
      const left = last[`sink ${sink.id}`]
      return [sink.id, pause === undefined ? ifNobodyDelivers(status, store, left) : status] as const
    }),
  )
  return {
    version: VERSION,
    state: worstState([...sourceEntries, ...sinkEntries].map(([, one]) => one)),
    startedAt: '',
    runtime: store.runtime,
    sources: Object.fromEntries(sourceEntries),
    sinks: Object.fromEntries(sinkEntries),
    spool: spoolStatus(logs, config.state.maxSpoolBytes, await leftSinks(config, store)),
  }
}

/** Without an engine, what a broken-off walk has not read yet waits as events in the spool do. */
function ifNobodyPolls({ walk }: SourceState): SourceHealth {
  const reason = 'no engine is running'
  if (walk === undefined) return { state: 'idle', reason }
  return { state: 'stuck', reason: `${reason}; a walk broke off and continues when an engine runs` }
}

/** Events that wait while no engine runs are not delivered by themselves. */
function ifNobodyDelivers(status: SinkStatus, store: Store, left: Trouble | undefined): SinkStatus {
  if (store.runtime === 'redis' || status.state === 'idle') return status
  if (left !== undefined) {
    const retryAt = left.retryAt === undefined ? '' : new Date(left.retryAt).toISOString()
    return { ...status, ...asLeft(left), retryAt }
  }
  const last = status.lastError && `the last error was: ${status.lastError}`
  const reason = ['no engine is running', status.reason, last].filter(Boolean).join('; ')
  return { ...status, state: 'stuck', reason }
}

/** As the last engine left it. */
function asLeft({ state, reason }: Trouble): Pick<Trouble, 'state' | 'reason'> {
  return { state, reason: `no engine is running; when it ended: ${reason}` }
}
