/** An engine is killed at one of its store writes and started again: what it left, and what arrived. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { Store } from '../../src/spool/store.ts'
import { type PulumiEmulator, startPulumiEmulator } from '../emulators/pulumi/emulator.ts'
import type { NewEvent } from '../emulators/pulumi/event.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../emulators/webhook/receiver.ts'
import { SOURCE } from '../engine/scenario-config.ts'
import { type ExpectedEvent, eventOf, expectedEvents, FILTERED_LOGIN } from '../engine/scenario-events.ts'
import { type Counts, countsOf, knownTo, openUids } from '../engine/scenario-state.ts'
import type { Death } from './dying-store.ts'

/** A file, a webhook that refuses one event for good, and a webhook that takes only one login's events. */
export const SINKS = ['file', 'hook', 'some'] as const
export type SinkName = (typeof SINKS)[number]

/** What a pass finds: nothing at all, or the state of an earlier pass and some more events. */
export type Occasion = 'first pass' | 'later pass'

export interface Stage extends AsyncDisposable {
  /** Every event of the source. */
  readonly expected: readonly ExpectedEvent[]
  /** The event that `hook` refuses. */
  readonly refused: string
  /** The number of writes in an undisturbed pass. */
  writes(occasion: Occasion): Promise<number>
  /** Kills a pass at that write, then runs another one to its end. */
  kill(occasion: Occasion, death: Death): Promise<Ending>
}

export interface Ending {
  /** False if the pass was over before. */
  readonly killed: boolean
  /** Uids below the checkpoint that the killed engine left, but missing from its ledger. */
  readonly passedOver: readonly string[]
  readonly undone: readonly string[]
  readonly spooled: number
  /** What the file contains after its last line end. */
  readonly torn: string
  readonly sinks: Readonly<Record<SinkName, SinkEnding>>
}

interface SinkEnding {
  readonly received: readonly string[]
  /** Uids of the batches that were open at the kill. */
  readonly inFlight: ReadonlySet<string>
  readonly deadLetters: readonly string[]
  readonly counted: Counts
  readonly ledger: Counts
}

const EVENTS = 120

export async function openStage(): Promise<Stage> {
  const root = mkdtempSync(join(tmpdir(), 'auditferry-kill-'))
  const acme = await startPulumiEmulator({ switches: { pageSize: 25 } })
  const events = pastEvents(Math.floor(Date.now() / 1000) - 300)
  const past = join(root, 'past')
  let passes = 0

  acme.add(events.slice(EVENTS / 2))
  const before = await openPass(past, acme)
  await before.run()
  await before.close()
  const checkpointBefore = await before.inspect(
    async (store) => (await store.loadSource(SOURCE))?.checkpoint ?? 0,
  )
  const early = expectedEvents(acme.events(), { actors: true })
  acme.add(events.slice(0, EVENTS / 2))
  const expected = expectedEvents(acme.events(), { actors: true })
  const refused = expected.find(({ login }) => login !== FILTERED_LOGIN)?.uid ?? ''

  /** The events that the source showed when a checkpoint was set. */
  const visible = (checkpoint: number) => (checkpoint === checkpointBefore ? early : expected)

  const open = async (occasion: Occasion): Promise<Pass> => {
    const folder = join(root, `pass${passes++}`)
    if (occasion === 'later pass') cpSync(past, folder, { recursive: true })
    const pass = await openPass(folder, acme, occasion === 'later pass' ? before : undefined)
    pass.hook.refuse(refused, 422)
    return pass
  }

  return {
    expected,
    refused,
    async writes(occasion) {
      const pass = await open(occasion)
      const { writes } = await pass.run()
      await pass.close()
      return writes
    },
    async kill(occasion, death) {
      const pass = await open(occasion)
      const killed = await pass.runAndDie(death)
      const left = await pass.inspect((store) => inheritance(store, visible))
      const { undone } = await pass.run()
      const ending = await pass.inspect((store) => endingOf(store, pass, left.inFlight, refused))
      await pass.close()
      return { killed, undone, passedOver: left.passedOver, ...ending }
    },
    async [Symbol.asyncDispose]() {
      await acme.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Newest first, nine a second, with twins and near twins among them. */
function pastEvents(newest: number): NewEvent[] {
  return Array.from({ length: EVENTS }, (_, at) => eventOf(at % 7, newest - 20 * Math.floor(at / 9)))
}

interface Pass {
  readonly folder: string
  readonly hook: WebhookReceiver
  /** What the webhooks took, including in earlier passes. */
  taken(sink: 'hook' | 'some', refused: string): readonly string[]
  run(): Promise<{ undone: string[]; writes: number }>
  runAndDie(death: Death): Promise<boolean>
  inspect<Found>(look: (store: Store) => Promise<Found>): Promise<Found>
  close(): Promise<void>
}

async function openPass(folder: string, acme: PulumiEmulator, former?: Pass): Promise<Pass> {
  const receivers = { hook: await startWebhookReceiver(), some: await startWebhookReceiver() }
  const file = join(folder, 'auditferry.yaml')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify(configurationOf(acme, receivers)))
  return {
    folder,
    hook: receivers.hook,
    taken(sink, refused) {
      const uids = receivers[sink].requests
        .flatMap((request) => request.uids)
        .filter((uid) => uid !== refused)
      return [...(former?.taken(sink, refused) ?? []), ...uids]
    },
    async run() {
      const { stdout, signal, stderr } = await runEngine([file])
      if (signal !== null || stdout === '') throw new Error(`the engine ended with ${signal}: ${stderr}`)
      return JSON.parse(stdout) as { undone: string[]; writes: number }
    },
    async runAndDie({ write, when }) {
      return (await runEngine([file, String(write), when])).signal === 'SIGKILL'
    },
    async inspect(look) {
      const store = openSqliteStore(join(folder, 'data'))
      const found = await look(store)
      await store.close()
      return found
    },
    async close() {
      await receivers.hook.stop()
      await receivers.some.stop()
    },
  }
}

function configurationOf(acme: PulumiEmulator, to: { hook: WebhookReceiver; some: WebhookReceiver }): object {
  const { organization, token, url } = acme
  const batch = { max_events: 12, max_age: '1s' }
  const source = { type: 'pulumi', organization, access_token: token, api_url: url, start: '24h' }
  return {
    sources: { [SOURCE]: { ...source, requests_per_minute: 6000 } },
    sinks: {
      file: { type: 'file', path: './out.ndjson', batch },
      hook: { type: 'webhook', endpoint: to.hook.url, batch },
      some: { type: 'webhook', endpoint: to.some.url, batch, where: `actor.login == "${FILTERED_LOGIN}"` },
    },
    state: { path: './data' },
  }
}

const ENGINE = join(import.meta.dirname, 'mortal-engine.ts')

async function runEngine(args: readonly string[]) {
  const child = spawn(process.execPath, [ENGINE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return { stdout, stderr, signal }
}

async function inheritance(store: Store, visible: (checkpoint: number) => readonly ExpectedEvent[]) {
  const checkpoint = (await store.loadSource(SOURCE))?.checkpoint ?? 0
  const isKnown = await knownTo(store)
  const missed = visible(checkpoint).filter(({ second, uid }) => second < checkpoint && !isKnown(uid))
  const inFlight = new Map<SinkName, ReadonlySet<string>>()
  for (const sink of SINKS) inFlight.set(sink, new Set(await openUids(store, sink)))
  return { passedOver: missed.map(({ uid }) => uid), inFlight }
}

async function endingOf(
  store: Store,
  pass: Pass,
  inFlight: ReadonlyMap<SinkName, ReadonlySet<string>>,
  refused: string,
): Promise<Pick<Ending, 'spooled' | 'torn' | 'sinks'>> {
  const lines = readFileSync(join(pass.folder, 'out.ndjson'), 'utf8').split('\n')
  const torn = lines.pop() ?? ''
  const received: Record<SinkName, readonly string[]> = {
    file: lines.map((line) => (JSON.parse(line) as { uid: string }).uid),
    hook: pass.taken('hook', refused),
    some: pass.taken('some', refused),
  }
  const ending = async (sink: SinkName) => ({
    received: received[sink],
    inFlight: inFlight.get(sink) ?? new Set<string>(),
    deadLetters: (await store.deadLetters({ sink })).map(({ uid }) => uid),
    ...(await countsOf(store, sink)),
  })
  return {
    spooled: (await store.loadSource(SOURCE))?.spooled ?? 0,
    torn,
    sinks: { file: await ending('file'), hook: await ending('hook'), some: await ending('some') },
  }
}
