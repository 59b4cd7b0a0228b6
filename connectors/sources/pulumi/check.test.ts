import { afterEach, beforeEach, expect, it } from 'vitest'
import { type PulumiEmulator, startPulumiEmulator } from '../../../test/emulators/pulumi/emulator.ts'
import { NOW, sourceFor } from './fixtures/rig.ts'

let emulator: PulumiEmulator

beforeEach(async () => {
  emulator = await startPulumiEmulator({ now: () => NOW * 1000 })
})
afterEach(() => emulator.stop())

const check = (options: Record<string, unknown> = {}, now = NOW) =>
  sourceFor({ url: emulator.url, token: emulator.token, options, now: () => now * 1000 }).check(
    new AbortController().signal,
  )

it('says what was found', async () => {
  emulator.add([{ timestamp: NOW - 100 }, { timestamp: NOW - 5000 }])
  expect(await check()).toEqual({
    ok: true,
    detail: `${new URL(emulator.url).host} answers (api v2), the token may read the log, newest event 100 s old`,
    cure: '',
  })
})

it('says so when the log is empty, and which api was found', async () => {
  emulator.set({ v2: false })
  expect((await check()).detail).toMatch(/api v1.*no event found/)
  const paused = 'v2 is not there: a source that has read it pauses, unless api: v1 is set'
  expect((await check()).detail).toContain(`; ${paused}`)
  expect((await check({ api: 'v1' })).detail).not.toContain('v2')
})

it('warns of a clock that is off by more than a minute', async () => {
  expect((await check({}, NOW + 60)).detail).not.toContain('clock')
  expect((await check({}, NOW + 300)).detail).toContain(
    "warning: the clock here is 5 min ahead of the server's",
  )
  expect((await check({}, NOW - 90)).detail).toContain('90 s behind')
})

it('names the cure separately from the problem', async () => {
  emulator.fail({ status: 401 })
  expect(await check()).toEqual({
    ok: false,
    detail: expect.stringMatching(/refuses the access token for "acme" \(HTTP 401/),
    cure: expect.stringMatching(/^Check access_token/),
  })
})

it.each([
  [{ status: 429 }, 'requests_per_minute'],
  [{ status: 503 }, 'again later'],
])('says what to do about %j too', async (fault, cure) => {
  emulator.fail(fault)
  expect(await check()).toMatchObject({ ok: false, cure: expect.stringContaining(cure) })
})

it('says what to do about a server that does not exist', async () => {
  await emulator.stop()
  expect(await check()).toMatchObject({
    ok: false,
    detail: expect.stringContaining('ECONNREFUSED'),
    cure: expect.stringContaining('api_url'),
  })
})

it('fails on an answer that is not a log', async () => {
  emulator.fail({ html: true })
  expect(await check({ api: 'v1' })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('HTML'),
    cure: expect.stringContaining('api_url'),
  })
})
