/** Several workers on one Redis, an organisation in which something happens all the time, and two receivers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openSite, type Served, type Site } from '../e2e/site.ts'
import { type PulumiEmulator, startPulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../emulators/webhook/receiver.ts'
import { eventOf, expectedEvents } from '../engine/scenario-events.ts'
import { PATIENCE_MS } from '../patience.ts'
import { type RedisServer, startRedis } from '../redis/server.ts'

export const LEASE_MS = 3_000
const EVENTS_A_TICK = 3
const TICK_MS = 150

export interface Crew extends AsyncDisposable {
  readonly site: Site
  readonly redis: RedisServer
  readonly acme: PulumiEmulator
  readonly workers: Served[]
  /** Starts one more worker on the same configuration file. */
  hire(): Promise<Served>
  /** Resolves once this many more events were delivered to each receiver. */
  flowing(more?: number): Promise<void>
  /** Uids at each receiver, in order of arrival. */
  received(): readonly (readonly string[])[]
  /** Stops new events, and waits until everything that happened is delivered. */
  settled(): Promise<Outcome>
}

export interface Outcome {
  readonly events: number
  /** Uids in the source that a receiver never got. */
  readonly lost: readonly string[]
  /** Deliveries of a uid after its first. */
  readonly duplicates: number
  /** Uids that the source doesn't have. */
  readonly strange: readonly string[]
  /** The source's events as the store counts them. */
  readonly spooled: number
  /** Writes that were refused to the workers that are alive. */
  readonly refused: number
}

export async function openCrew(
  size: number,
  {
    redis: given,
    state,
    env = {},
  }: { redis?: RedisServer; state?: object; env?: Record<string, string> } = {},
): Promise<Crew> {
  const site = openSite()
  const redis = given ?? site.keep(await startRedis())
  const acme = site.keep(await startPulumiEmulator())
  const receivers = [site.keep(await startWebhookReceiver()), site.keep(await startWebhookReceiver())]
  let happening = true
  let kind = 0
  const ticker = setInterval(() => {
    const now = Math.floor(Date.now() / 1000)
    if (happening) acme.add(Array.from({ length: EVENTS_A_TICK }, () => eventOf(kind++ % 10, now)))
  }, TICK_MS)
  site.defer(() => clearInterval(ticker))
  site.configure(configurationOf(acme, receivers, state ?? { url: redis.url }))

  const workers: Served[] = []
  const hire = async () => {
    const worker = await site.serve({ env })
    workers.push(worker)
    return worker
  }
  await Promise.all(Array.from({ length: size }, hire))

  const expected = () => expectedEvents(acme.events(), { actors: true }).map(({ uid }) => uid)
  const missing = (receiver: WebhookReceiver) => {
    const got = new Set(receiver.received())
    return expected().filter((uid) => !got.has(uid))
  }
  const until = async (isDone: () => boolean, what: string) => {
    const deadline = Date.now() + PATIENCE_MS
    while (!isDone()) {
      if (Date.now() > deadline)
        throw new Error(`${what}\n${workers.map((it) => it.stderr()).join('\n---\n')}`)
      await sleep(50)
    }
  }

  return {
    site,
    redis,
    acme,
    workers,
    hire,
    async flowing(more = 20) {
      const before = receivers.map((it) => it.received().length)
      await until(
        () => receivers.every((it, at) => it.received().length >= (before[at] ?? 0) + more),
        'no flow',
      )
    },
    received: () => receivers.map((it) => it.received()),
    async settled() {
      happening = false
      await until(() => receivers.every((it) => missing(it).length === 0), 'not everything was delivered')
      const known = new Set(expected())
      const received = receivers.map((it) => it.received())
      return {
        events: known.size,
        lost: receivers.flatMap(missing),
        duplicates: received.reduce((sum, uids) => sum + uids.length - new Set(uids).size, 0),
        strange: received.flat().filter((uid) => !known.has(uid)),
        spooled: (await site.status()).sources.acme?.events ?? 0,
        refused: (await Promise.all(workers.map(refusedBy))).reduce((sum, it) => sum + it, 0),
      }
    },
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  }
}

function configurationOf(acme: PulumiEmulator, to: readonly WebhookReceiver[], state: object): object {
  const { organization, token, url } = acme
  const source = { type: 'pulumi', organization, access_token: token, api_url: url, start: '1h' }
  const hook = {
    type: 'webhook',
    mode: 'batch',
    batch: { max_events: 20, max_age: '1s' },
    retry: { max_backoff: '1s' },
  }
  return {
    sources: { acme: { ...source, poll_every: '1s', requests_per_minute: 6000 } },
    sinks: Object.fromEntries(to.map((it, at) => [`hook${at}`, { ...hook, endpoint: it.url }])),
    state: { type: 'redis', lease: `${LEASE_MS / 1000}s`, ...state },
    server: { listen: '127.0.0.1:0' },
    shutdown_timeout: '5s',
  }
}

async function refusedBy({ url }: Served): Promise<number> {
  const text = await fetch(`${url}/metrics`)
    .then((answer) => answer.text())
    .catch(() => '')
  return Number(/^auditferry_refused_writes_total (\d+)/m.exec(text)?.[1] ?? 0)
}
