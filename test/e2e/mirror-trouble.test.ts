/** A mirror in trouble: polls and deliveries go on without it, and a start that needs it waits aloud or ends clearly. */
import { expect, it } from 'vitest'
import { type S3Emulator, startS3Emulator } from '../emulators/s3/emulator.ts'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'

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

it.concurrent('a bucket that stops answering holds up neither polls nor the end', async () => {
  await using site = openSite()
  const { acme, bucket, env } = await configured(site)
  acme.add(recentEvents(3))
  const engine = await site.serve({ env })
  await eventually(() => expect(bucket.objects.size).toBe(1))
  bucket.fail({ hang: true }, 1_000)
  acme.add(recentEvents(3, 4))
  const asked = bucket.requests.length
  await eventually(() => expect(bucket.requests.length).toBeGreaterThan(asked))
  acme.add([{ timestamp: Math.floor(Date.now() / 1000), description: 'event 7' }])
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(7)))
  const stoppedAt = Date.now()
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
  expect(Date.now() - stoppedAt).toBeLessThan(8_000)
})
