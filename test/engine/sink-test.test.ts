/** The marked test event goes through the sink and through nothing else. */
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { definition } from '../../connectors/sinks/archive/index.ts'
import { createSqliteArchive } from '../../src/archive/sqlite/archive.ts'
import { testSink } from '../../src/deliver/sink-test.ts'
import { all, scriptedSink } from './lane-rig.ts'
import { sinkConfig } from './sample-config.ts'
import { tempFolder } from './temp-folder.ts'

it('checks a sink, sends one event that says what it is, and closes the sink again', async () => {
  const soc = scriptedSink()
  let closed = 0
  const lines: string[] = []
  soc.always(({ events }) => {
    lines.push(...events.map(({ payload }) => Buffer.from(payload).toString()))
    return events.map(() => ({ kind: 'delivered' }))
  })
  const sink = { ...soc, close: async () => void closed++ }
  const { ok, detail } = await testSink(sinkConfig({}, sink), { send: true })
  expect([ok, detail]).toEqual([true, `test event ${soc.taken[0]?.slice(0, 16)}… delivered`])
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    action: 'auditferry-test',
    source: 'acme',
    raw: { test: true },
  })
  expect([lines.length, closed]).toEqual([1, 1])
  await testSink(sinkConfig({}, sink), { send: false })
  expect([lines.length, closed]).toEqual([1, 2])
})

it('says why a sink did not take it, could not be reached or could not be made', async () => {
  const soc = scriptedSink()
  soc.always(all({ kind: 'pause', reason: 'HTTP 401' }))
  expect(await testSink(sinkConfig({}, soc), { send: true })).toMatchObject({
    ok: false,
    detail: 'the test event was not taken: HTTP 401',
  })
  const unreachable = { ok: false, detail: 'ENOTFOUND', cure: 'mend the endpoint' }
  const far = { ...scriptedSink(), check: async () => unreachable }
  expect(await testSink(sinkConfig({}, far), { send: true })).toEqual(unreachable)
  expect(far.writes).toEqual([])
  expect(await testSink(sinkConfig(), { send: true })).toMatchObject({
    ok: false,
    detail: 'not created in this test',
  })
})

it('does not wait for a sink that never answers', async () => {
  const hanging = { ...scriptedSink(), check: () => new Promise<never>(() => undefined) }
  const config = sinkConfig({}, hanging)
  const hasty = { ...config, connection: { ...config.connection, timeoutMs: 1 } }
  expect(await testSink(hasty, { send: true })).toEqual({
    ok: false,
    detail: 'the sink gave no answer within 1.001 s',
    cure: '',
  })
})

it('lets no answer control the terminal', async () => {
  const soc = scriptedSink()
  const said = '\u001b[31mno\u009b \u202edetail'
  const told = ' [31mno   detail'
  const far = { ...soc, check: async () => ({ ok: false, detail: said, cure: said }) }
  expect(await testSink(sinkConfig({}, far), { send: true })).toEqual({ ok: false, detail: told, cure: told })
  soc.always(all({ kind: 'pause', reason: said }))
  const { detail } = await testSink(sinkConfig({}, soc), { send: true })
  expect(detail).toBe(`the test event was not taken: ${told}`)
})

it('only checks an archive: its lane is using it, and what it holds stays there', async () => {
  const options = { path: join(tempFolder(), 'archive.db'), retain: undefined, database: undefined }
  const lane = createSqliteArchive({ path: options.path, now: Date.now })
  onTestFinished(() => lane.close())
  await lane.append([])
  expect(await testSink({ ...sinkConfig(), definition, options }, { send: true })).toEqual({
    ok: true,
    detail: 'holds 0 events; an archive takes no test event: it would keep it',
    cure: '',
  })
})
