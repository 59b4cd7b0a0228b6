/** Events that were polled and delivered and are no longer in the spool, with archives that a replay may read. */
import { expect, onTestFinished } from 'vitest'
import { createSqliteArchive } from '../../src/archive/sqlite/archive.ts'
import type { StoredArchive } from '../../src/archive/stored-archive.ts'
import { replaySlice } from '../../src/replay/replay.ts'
import type { ReplayRequest, ReplaySlice } from '../../src/replay/request.ts'
import { unpackEntry } from '../../src/spool/codec.ts'
import { openLane, scriptedSink } from './lane-rig.ts'
import { NOW, openPollRig } from './poll-rig.ts'
import { sinkConfig, sourceConfig } from './sample-config.ts'
import type { LogSwitches } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

/** Within the reach of the source's `start`: the ledger covers all of it. */
const RANGE = { from: NOW - 3_000, to: NOW + 1 }

export function openArchive(): StoredArchive {
  const archive = createSqliteArchive({ path: `${tempFolder()}/archive.db`, now: () => 1 })
  onTestFinished(() => archive.close())
  return archive
}

interface Setup {
  readonly events?: number
  readonly every?: number
  readonly archives?: number
  readonly start?: number
  readonly switches?: LogSwitches
  /** In addition to those. */
  readonly happened?: readonly { readonly what: string; readonly age: number }[]
}

/** Events `every` seconds apart, polled and delivered; none of them is in the spool any more. */
export async function deliveredWorld({ archives = 1, start = 3_600, switches, ...setup }: Setup = {}) {
  const { events = 30, every = 20, happened = [] } = setup
  const rig = await openPollRig({ overlapMs: 1_000, start: { kind: 'ago', ms: start * 1_000 } }, switches)
  for (let at = events; at > 0; at--) rig.happen(`e${at}`, at * every)
  for (const { what, age } of happened) rig.happen(what, age)
  await rig.poll()
  const spooled = await linesOf(rig)
  const sink = scriptedSink()
  const lane = await openLane(rig.store, sink, { start: 'beginning' }, rig.pipeline())
  await lane.deliver()
  await rig.pipeline().trim()
  sink.taken.length = 0
  const kept = Array.from({ length: archives }, (_, at) => ({ id: `archive${at}`, archive: openArchive() }))
  const config = { sources: { acme: sourceConfig() }, sinks: { soc: sinkConfig() } }
  let clock = 0
  const parts = {
    config,
    store: rig.store,
    now: () => clock,
    drains: true,
    signal: new AbortController().signal,
    open: async () => rig.reading(),
    archives: () => kept,
  }
  const slice = (request: Partial<ReplayRequest> = {}) =>
    replaySlice(parts, { sink: 'soc', ...RANGE, ...request })
  const replay = async (request: Partial<ReplayRequest> = {}) => {
    const slices = await toItsEnd(slice, request)
    await deliver()
    return slices
  }
  const deliver = async () => {
    lane.lane.wakeForLetters()
    await lane.deliver()
  }
  /** Milliseconds that each call of the clock takes. */
  const slowly = (ms: number) => {
    parts.now = () => (clock += ms)
  }
  return { rig, sink, spooled, kept, parts, slice, replay, deliver, slowly }
}

/** Slice by slice, as a client requests them. */
export async function toItsEnd(
  slice: (request: Partial<ReplayRequest>) => Promise<ReplaySlice>,
  request: Partial<ReplayRequest>,
): Promise<ReplaySlice[]> {
  const slices: ReplaySlice[] = []
  let next: ReplayRequest['cursor']
  do {
    const it = await slice({ ...request, ...(next && { cursor: next }) })
    slices.push(it)
    next = it.next
  } while (next !== undefined && slices.length < 1_000)
  return slices
}

async function linesOf({ store }: Awaited<ReturnType<typeof openPollRig>>) {
  const lines: { uid: string; timestamp: number; line: Buffer }[] = []
  while (lines.length < (await store.bounds('acme')).end) {
    const entry = await unpackEntry((await store.readEntry('acme', lines.length)) ?? expect.fail())
    for (let at = 0; at < entry.count; at++) {
      lines.push({ uid: entry.uid(at), timestamp: entry.timestamp(at), line: Buffer.from(entry.line(at)) })
    }
  }
  return lines
}
