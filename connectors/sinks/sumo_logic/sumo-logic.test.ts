import { inspect } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { startSumo } from '../../../test/emulators/sumo/sumo.ts'
import { definition } from './index.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const it of open.splice(0)) await it.stop()
})

async function start(options: Record<string, unknown> = {}) {
  const sumo = await startSumo()
  const opened = openSink(definition, { endpoint: sumo.address, ...options })
  open.push({ stop: () => opened.sink.close() }, sumo)
  return { sumo, ...opened }
}

const NO_SIGNAL = new AbortController().signal

/** The outcome of each answer to two events. */
it.each<[number, string, string]>([
  [200, '', 'delivered'],
  [200, '<!doctype html><title>Log in</title>', 'retry'],
  [202, '', 'retry'],
  [204, '', 'retry'],
  [301, '', 'pause'],
  [400, '', 'split'],
  [401, '', 'pause'],
  [403, '', 'pause'],
  [404, '', 'pause'],
  [408, '', 'retry'],
  [413, '', 'split'],
  [429, '{"errors":[{"code":"quota"}]}', 'retry'],
  [500, '', 'retry'],
  [503, '', 'retry'],
  [504, '', 'retry'],
])('%i %s: %s', async (status, body, kind) => {
  const { sumo, sink, format } = await start()
  sumo.fail({ status, body }, 1)
  const outcomes = await write(sink, batchOf(auditEvents(2), format))
  expect(outcomes.map((it) => it.kind)).toEqual([kind, kind])
})

it('sends one message per event, byte for byte, with the metadata for the source', async () => {
  const options = {
    category: 'pulumi/audit',
    name: 'audit',
    host: 'api',
    fields: { team: 'platform', env: 'prod' },
  }
  const { sumo, sink, format } = await start(options)
  const batch = batchOf(auditEvents(7), format)
  await write(sink, batch)
  expect(sumo.messages.map(({ text }) => text)).toEqual(
    batch.events.map(({ payload }) => Buffer.from(payload).toString()),
  )
  expect(sumo.messages[0]).toMatchObject({ category: 'pulumi/audit', fields: 'team=platform,env=prod' })
  expect(sumo.requests[0]?.headers).toMatchObject({ 'x-sumo-name': 'audit', 'x-sumo-host': 'api' })
})

it('refuses only a line of over 1 MB, and sends no larger request', async () => {
  const { sumo, sink, format } = await start()
  const events = auditEvents(3).map((it, at) => ({
    ...it,
    description: at === 1 ? 'x'.repeat(1_000_000) : 'y',
  }))
  const outcomes = await write(sink, batchOf(events, format))
  expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'rejected', 'delivered'])
  const half = auditEvents(3).map((it) => ({ ...it, description: 'x'.repeat(400_000) }))
  expect(new Set((await write(sink, batchOf(half, format))).map(({ kind }) => kind))).toEqual(
    new Set(['split']),
  )
  expect(sumo.requests).toHaveLength(1)
})

it('shows its address nowhere: neither in the preview, a check, a reason, nor a refused option', async () => {
  const { sumo, sink, config, format, log } = await start()
  const batch = batchOf(auditEvents(1), format)
  const quoted = `no source ${sumo.code} at ${sumo.address}`
  for (const status of [400, 401, 503]) sumo.fail({ status, body: quoted }, 1)
  const outcomes = [await write(sink, batch), await write(sink, batch), await write(sink, batch)]
  const preview = definition.preview?.(config as never, { format, version: '1' }, batch)
  await sumo.stop()
  const check = await sink.check?.(NO_SIGNAL)
  const refused = definition.config.safeParse({ endpoint: `ftp://${sumo.code}` }).error
  const said = inspect([outcomes, preview, check, refused, log, config, sink], { depth: Infinity })
  expect(said).not.toContain(sumo.code)
  expect(preview?.place).toBe(`POST ${sumo.url}/receiver/v1/http/[secret]`)
})

it('check: reaches the source without an event', async () => {
  const { sumo, sink } = await start()
  expect(await sink.check?.(NO_SIGNAL)).toMatchObject({ ok: true })
  expect(sumo.messages).toEqual([])
})

it('check: an address that is not a source', async () => {
  const sumo = await startSumo()
  open.push(sumo)
  const { sink } = openSink(definition, { endpoint: `${sumo.url}/receiver/v1/http/other` })
  open.push({ stop: () => sink.close() })
  expect(await sink.check?.(NO_SIGNAL)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('HTTP 401'),
    cure: expect.stringContaining('Show URL'),
  })
})

it.each([{ 'a,b': 'c' }, { a: 'b=c' }, { a: '' }])('refuses the fields %j', (fields) => {
  expect(definition.config.safeParse({ endpoint: 'https://s.example/x', fields }).success).toBe(false)
})

it('says what is missing in an address that is only a host', () => {
  const { error } = definition.config.safeParse({ endpoint: 'https://collectors.de.sumologic.com' })
  expect(error?.issues.map(({ message }) => message)).toEqual([
    'expected the whole address of the HTTP source: https://…/receiver/v1/http/…',
  ])
})
