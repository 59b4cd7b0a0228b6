/** An engine worth a screenshot: weeks of events, a sink in trouble, dead letters, backfills. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Status } from '../../src/ops/status.ts'
import { configurationOf, startAcme } from '../e2e/acme.ts'
import { startProgram } from '../e2e/program.ts'
import { openTap } from '../e2e/tap.ts'
import { inventHistory } from '../emulators/pulumi/invent.ts'

export interface Gallery extends AsyncDisposable {
  readonly url: string
  /** The operator's token. */
  readonly token: string
}

const TOKEN = 'operator-0123456789abcdef'
const DAY = 86_400
const EVENTS = 6_000
/** Days of history, and days since the `start` of the source. */
const [PAST_DAYS, START_DAYS] = [20, 13]

export async function openGallery(): Promise<Gallery> {
  const disposal = new AsyncDisposableStack()
  const defer = (end: () => void) => disposal.defer(end)
  const keep = <It extends { stop(): Promise<void> }>(it: It) => disposal.adopt(it, (kept) => kept.stop())
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-gallery-'))
  defer(() => rmSync(folder, { recursive: true, force: true }))
  const now = Math.floor(Date.now() / 1000)
  const past = inventHistory({
    seed: 11,
    count: EVENTS,
    newest: now - 40,
    density: EVENTS / (PAST_DAYS * DAY),
  })
  const acme = await startAcme({ keep }, { past, organizations: ['acme', 'acme-labs'] })
  acme.add(
    Array.from({ length: 12 }, (_, at) => ({
      timestamp: now - 90 - at * 3_000,
      description: 'Created stack "web/spike"',
    })),
    'acme-labs',
  )
  const [chat, pager] = [await openTap({ defer }, 400), await openTap({ defer }, 401)]
  const config = configurationOf(acme, {
    source: { start: `${START_DAYS}d` },
    sinks: {
      archive: { type: 'archive', path: './archive.db', batch: { max_age: '1s' } },
      lake: { type: 'file', path: './audit.ndjson', format: 'ocsf', sources: ['acme'] },
      chat: {
        ...{ ...chat.sink, where: 'severity >= 4', sources: ['acme'], start: 'beginning' },
        batch: { max_events: 1, max_age: '1s' },
      },
      pager: { ...pager.sink, sources: ['labs'], batch: { max_age: '1s' } },
    },
    server: { listen: '127.0.0.1:0', users: { dana: { role: 'operator', token: TOKEN } } },
  }) as { sources: Record<string, object> }
  config.sources.labs = { ...config.sources.acme, organization: 'acme-labs', start: '24h' }
  writeFileSync(join(folder, 'auditferry.yaml'), JSON.stringify(config))
  const program = startProgram(['run'], { cwd: folder })
  disposal.defer(async () => {
    program.signal('SIGTERM')
    await program.ended
  })
  const url = await eventually(async () => /"url":"(http:[^"]+)"/.exec(program.stderr())?.[1])
  const ask = askAt(url)
  await eventually(async () => {
    const { sinks } = await ask<Status>('/api/v1/status')
    const settled = Object.entries(sinks).every(([id, it]) => id === 'pager' || it.backlogEvents === 0)
    return (settled && (sinks.chat?.deadLettered ?? 0) > 3 && sinks.pager?.state === 'paused') || undefined
  })
  const range = { from: now - (PAST_DAYS - 2) * DAY, to: now - START_DAYS * DAY, parallel: 4 }
  await ask('/api/v1/backfills', { source: 'acme', ...range, dryRun: false })
  await ask('/api/v1/backfills', { source: 'labs', ...range, dryRun: true })
  await eventually(async () => {
    const { backfills } = await ask<{ backfills: { endedAt: string }[] }>('/api/v1/backfills')
    return backfills.every(({ endedAt }) => endedAt !== '') || undefined
  })
  return { url, token: TOKEN, [Symbol.asyncDispose]: () => disposal.disposeAsync() }
}

/** GET, or POST if there is a body. */
function askAt(url: string): <Answer>(path: string, body?: object) => Promise<Answer> {
  return async <Answer>(path: string, body?: object) => {
    const answer = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as Answer
  }
}

async function eventually<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  const until = Date.now() + 120_000
  while (Date.now() < until) {
    const found = await look()
    if (found !== undefined) return found
    await delay(100)
  }
  throw new Error('the engine does not come to rest')
}
