/** A mirror in a bucket: through the usual AWS environment, with the revision before beside it. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { openPlace } from '../../src/mirror/place.ts'
import { type S3EmulatorOptions, startS3Emulator } from '../emulators/s3/emulator.ts'

async function startBucket(options: S3EmulatorOptions = {}) {
  const bucket = await startS3Emulator({ region: 'eu-west-1', ...options })
  onTestFinished(() => bucket.stop())
  vi.stubEnv('AWS_ENDPOINT_URL_S3', bucket.url)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', bucket.key.id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', bucket.key.secret)
  onTestFinished(() => void vi.unstubAllEnvs())
  return { bucket, address: `s3://${bucket.bucket}/state/mirror.json` }
}

it('keeps the last revision and the one before, also over a restart', async () => {
  const { address } = await startBucket()
  const place = openPlace(address)
  expect(await place.read()).toEqual([])
  await place.write('one')
  await place.write('two')
  expect(await place.read()).toEqual(['two', 'one'])
  await openPlace(address).write('three')
  expect(await place.read()).toEqual(['three', 'two'])
})

it('does not wait for ever for an answer, and not at all once it is closed', async () => {
  const { bucket, address } = await startBucket()
  bucket.fail({ hang: true }, 9)
  await expect(openPlace(address, 100).write('one')).rejects.toThrow('no answer within 0.1s')
  const place = openPlace(address)
  const outcome = place.write('one').catch(String)
  await vi.waitFor(() => expect(bucket.requests).toHaveLength(2))
  await place.close()
  expect(await outcome).toMatch('stopped before an answer came')
})
