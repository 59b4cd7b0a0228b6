/**
 * The shared schedule, on BullMQ: one job scheduler per source decides when it is polled, and one drain job per lane
 * passes it to whichever process is free. Jobs carry only ids. It does no harm if a job runs twice, stalls, or vanishes
 * in a flush: the right to poll or deliver is a claim in the store, missing jobs are added again every few seconds, and
 * what no job comes for is done without one.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, Queue, Worker } from 'bullmq'
import { messageOf } from '../../errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { RedisClient } from '../../spool/redis/commands.ts'
import { CLOCKS_DIFFER_MS, type Duties, type LaneDuty, type PollDuty, type Schedule } from '../schedule.ts'

interface BullScheduleParts {
  /** A connection that waits for Redis indefinitely; the schedule closes each one. */
  connect(): RedisClient
  /** Redis may be at another address by now, so each connection is opened again. */
  onElsewhere?(hear: () => void): void
  /** What Redis does not let its user do, if it is that. */
  describeDenial(error: unknown): string | undefined
  /** Prefix of its keys, with a hash tag that keeps all of them in one slot of a Cluster. */
  readonly prefix: string
  readonly leaseMs: number
  /** How long the process may take to stop. */
  readonly shutdownTimeoutMs: number
  readonly logger: Logger
}

interface Payload {
  /** Component id. */
  readonly id: string
}

const ASSERT_EVERY_MS = 10_000
/** Finished jobs are kept only so that BullMQ's own tools can show the latest ones. */
const KEPT_JOBS = { count: 100 }
/** A turn that wants to run again at least this long before its next tick gets a job of its own. */
const SOONER_MS = 1_000
const CLOSE_WITHIN_MS = 3_000

/**
 * `close` waits for Redis, however long, and meanwhile renews the jobs' locks with a timer that keeps the process
 * alive.
 */
class EndingWorker extends Worker<Payload> {
  renewNoMore = () => this.lockManager.close()
}

export function createBullSchedule(it: BullScheduleParts): Schedule {
  const { connect, prefix, leaseMs, shutdownTimeoutMs, logger } = it
  const clients: RedisClient[] = []
  /** Set at the end: nobody would close a connection opened after that, and it would keep the process alive. */
  let isOver = false
  it.onElsewhere?.(() => {
    for (const client of clients) client.disconnect(true)
  })
  const kept = <Client extends RedisClient>(client: Client): Client => {
    client.on('error', () => undefined)
    clients.push(client)
    return client
  }
  const connection = () => {
    const client = kept(connect())
    // A worker waits for jobs on a duplicate, which BullMQ's `close` does not reach while it waits for Redis.
    const duplicate: (...options: never[]) => RedisClient = client.duplicate.bind(client)
    return Object.assign(client, { duplicate: (...options: never[]) => kept(duplicate(...options)) })
  }
  const denials = new Set<string>()
  /** The store's own connection reports all other troubles; but only jobs need some of the commands. */
  const hear = (error: unknown) => {
    const denial = it.describeDenial(error)
    if (denial === undefined || denials.has(denial)) return
    denials.add(denial)
    logger.warn('Redis refuses the jobs: polls and deliveries may be late by a minute and more', {
      reason: `Redis ${denial}`,
    })
  }
  const queues = new Map<string, Queue<Payload>>()
  /**
   * Connects on first use: an engine that fails to start never runs its schedule, so nothing would close the
   * connection.
   */
  const queueOf = (name: string) => () => {
    const opened = queues.get(name)
    if (opened !== undefined) return opened
    const queue = new Queue<Payload>(name, {
      prefix,
      connection: connection(),
      defaultJobOptions: { removeOnComplete: KEPT_JOBS, removeOnFail: KEPT_JOBS },
    })
    queues.set(name, queue)
    return queue.on('error', hear)
  }
  const polls = queueOf('poll')
  const drains = queueOf('deliver')
  const quietly = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => {
        hear(error)
        logger.debug('a job was not scheduled', { reason: messageOf(error) })
      },
    )

  const drain = async (id: string) => {
    if (isOver) return
    await drains().add('drain', { id }, { deduplication: { id: `drain-${id}`, keepLastIfActive: true } })
  }

  const poll = async (duty: PollDuty, signal: AbortSignal): Promise<void> => {
    const startedAt = performance.now()
    let wait = 0
    while (wait === 0 && !signal.aborted) wait = await duty.turn(signal)
    const nextTick = duty.everyMs - (performance.now() - startedAt)
    if (signal.aborted || wait > nextTick - SOONER_MS) return
    await quietly(
      polls().add(
        'poll',
        { id: duty.id },
        { delay: wait, deduplication: { id: `again-${duty.id}`, ttl: wait } },
      ),
    )
  }

  const worker = <Duty extends { readonly id: string }>(
    name: string,
    duties: readonly Duty[],
    run: (duty: Duty) => Promise<void>,
  ) => {
    const byId = new Map(duties.map((duty) => [duty.id, duty]))
    const process = async ({ data }: Job<Payload>) => {
      const duty = byId.get(data.id)
      // Skips a component that only another process has in its configuration: the next job may reach that process.
      if (duty !== undefined) await run(duty)
    }
    const made = new EndingWorker(name, process, {
      prefix,
      connection: connection(),
      concurrency: Math.max(1, duties.length),
      lockDuration: leaseMs,
      stalledInterval: leaseMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      removeOnComplete: KEPT_JOBS,
      removeOnFail: KEPT_JOBS,
    })
    made.on('error', hear)
    return made
  }

  /** Adds what should be there but is missing, after a flush or because a job was lost. */
  const assertJobs = async ({ polls: wanted, lanes }: Duties, signal: AbortSignal): Promise<void> => {
    for (const duty of wanted) await assertPoll(duty, signal)
    for (const { id, everyMs } of wanted) {
      const key = schedulerOf(id)
      const known = await polls().getJobScheduler(key)
      // It was set by a clock that was ahead: nobody would poll until that time.
      const isFar = (known?.next ?? 0) - Date.now() > everyMs + CLOCKS_DIFFER_MS
      if (isFar) await polls().removeJobScheduler(key)
      if (isFar || known?.every !== everyMs) {
        await polls().upsertJobScheduler(key, { every: everyMs }, { name: 'poll', data: { id } })
      }
    }
    for (const lane of lanes) await assertLane(lane, signal)
  }

  /** Sources whose poll was overdue at the last check. */
  const overdue = new Set<string>()
  const assertPoll = async (duty: PollDuty, signal: AbortSignal): Promise<void> => {
    if (!(await duty.isOverdue())) return void overdue.delete(duty.id)
    // Jobs that never come must not hold up a source: only the claim decides.
    if (overdue.delete(duty.id)) return void duty.turn(signal)
    overdue.add(duty.id)
  }

  /** Lanes that were waiting for a process at the last check. */
  const waiting = new Set<string>()
  const assertLane = async (lane: LaneDuty, signal: AbortSignal): Promise<void> => {
    if (!(await lane.isWaiting())) return void waiting.delete(lane.id)
    // A lost job that keeps new ones out must not hold up a lane: only the claim decides.
    if (waiting.delete(lane.id)) return void lane.deliver(signal)
    waiting.add(lane.id)
    await drain(lane.id)
  }

  /** Removes the schedulers of sources that are no longer in the configuration. */
  const removeOtherSchedulers = async ({ polls: wanted }: Duties): Promise<void> => {
    const keep = new Set(wanted.map(({ id }) => schedulerOf(id)))
    for (const { key } of await polls().getJobSchedulers()) {
      if (key !== undefined && !keep.has(key)) await polls().removeJobScheduler(key)
    }
  }

  return {
    wake(sinks) {
      for (const id of sinks) void quietly(drain(id))
    },
    async run(duties, signal) {
      const workers = [
        worker('poll', duties.polls, (duty) => poll(duty, signal)),
        worker<LaneDuty>('deliver', duties.lanes, (duty) => duty.deliver(signal)),
      ]
      await quietly(removeOtherSchedulers(duties))
      while (!signal.aborted) {
        await Promise.race([
          quietly(assertJobs(duties, signal)),
          sleep(ASSERT_EVERY_MS, undefined, { ref: false, signal }).catch(() => undefined),
        ])
        await sleep(assertEvery(duties), undefined, { signal }).catch(() => undefined)
      }
      isOver = true
      const closed = Promise.allSettled([...workers, ...queues.values()].map((one) => one.close()))
      const withinMs = Math.min(CLOSE_WITHIN_MS, shutdownTimeoutMs / 2)
      await Promise.race([closed, sleep(withinMs, undefined, { ref: false })])
      for (const one of workers) void one.renewNoMore()
      for (const client of clients) client.disconnect()
    },
  }
}

/** At least once per poll interval, so that a flush costs no more than one poll. */
function assertEvery({ polls }: Duties): number {
  return Math.min(ASSERT_EVERY_MS, ...polls.map(({ everyMs }) => everyMs))
}

/** BullMQ reserves colons. */
function schedulerOf(id: string): string {
  return encodeURIComponent(id).replaceAll(':', '%3A')
}
