/**
 * A mirror in trouble: polls and deliveries go on without it; a start that needs it says that it waits, or ends with a
 * clear reason.
 */
import { expect, it } from 'vitest'
import { type S3Emulator, startS3Emulator } from '../emulators/s3/emulator.ts'
import { ownTime } from '../own-time.ts'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site, seen } from './site.ts'

async function configured(site: Site, more: object = {}) {
  const acme = await startAcme(site)
  const bucket = site.keep(await startS3Emulator())
  const state = { path: './data', mirror: `s3://${bucket.bucket}/state.json` }
  site.configure(configurationOf(acme, { state, shutdown_timeout: '3s', ...more }))
  return { acme, bucket, env: environmentOf(bucket) }
}

function environmentOf({ url, region, key }: S3Emulator) {
  return {
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: key.id,
    AWS_SECRET_ACCESS_KEY: key.secret,
  }
}

it.concurrent('a bucket that stops answering holds up neither polls nor the stop', async () => {
  await using site = openSite()
  const { acme, bucket, env } = await configured(site)
  acme.add(recentEvents(3))
  const engine = await site.serve({ env })
  // By the time that this looks, the revision before may be there, too.
  await eventually(() => expect(bucket.objects.size).toBeGreaterThan(0))
  bucket.fail({ hang: true }, 1_000)
  acme.add(recentEvents(3, 4))
  const asked = bucket.requests.length
  await eventually(() => expect(bucket.requests.length).toBeGreaterThan(asked))
  acme.add([{ timestamp: Math.floor(Date.now() / 1000), description: 'event 7' }])
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(7)))
  engine.signal('SIGTERM')
  expect(await Promise.race([engine.ended, ownTime(8_000, 'it did not end')])).toMatchObject({ code: 0 })
})

it.concurrent('a start that needs it says that it waits, until it answers or is stopped', async () => {
  await using site = openSite()
  const { acme, bucket, env } = await configured(site)
  acme.add(recentEvents(3))
  bucket.fail({ status: 503 }, 1_000)
  const engine = await site.serve({ env })
  const why = [expect.stringMatching(/^waits for the mirror s3:.*: .*HTTP 503/)]
  const ready = async () => (await fetch(`${engine.url}/readyz`)).json()
  await eventually(async () => expect(await ready()).toEqual({ ready: false, reasons: why }))
  await seen(engine, /(the start waits for the mirror)/)
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
})

it.concurrent('one that answers nothing at all does not keep a start from being stopped', async () => {
  await using site = openSite()
  const { bucket, env } = await configured(site)
  bucket.fail({ hang: true }, 1_000)
  const engine = await site.serve({ env })
  await eventually(() => expect(bucket.requests.length).toBeGreaterThan(0))
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
})

it.concurrent('a single pass gives up on it after its patience, and says why', async () => {
  await using site = openSite()
  const { bucket, env } = await configured(site)
  bucket.fail({ hang: true }, 1_000)
  const { code, stderr } = await site.run(['run', '--once'], { env })
  expect(stderr).toMatch(/^auditferry: the mirror s3:.* can't be read: no answer within 10s$/m)
  expect(code).toBe(1)
})

it.concurrent('a bucket that refuses ends a start, with the permissions that it needs', async () => {
  await using site = openSite()
  const { bucket, env } = await configured(site)
  bucket.fail({ status: 403 }, 1_000)
  const { code, stderr } = await site.run(['run'], { env })
  expect(stderr).toMatch(/^auditferry: the mirror s3:.* can't be read: AccessDenied, .*s3:ListBucket/m)
  expect(code).toBe(1)
})
