/** A mirror in a bucket: through the usual AWS environment, with the revision before beside it. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { openPlace } from '../../src/mirror/place.ts'
import { startS3Emulator } from '../emulators/s3/emulator.ts'

it('keeps the last revision and the one before, also over a restart', async () => {
  const bucket = await startS3Emulator({ region: 'eu-west-1' })
  onTestFinished(() => bucket.stop())
  vi.stubEnv('AWS_ENDPOINT_URL_S3', bucket.url)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', bucket.key.id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', bucket.key.secret)
  onTestFinished(() => void vi.unstubAllEnvs())
  const address = `s3://${bucket.bucket}/state/mirror.json`
  const place = openPlace(address)
  expect(await place.read()).toEqual([])
  await place.write('one')
  await place.write('two')
  expect(await place.read()).toEqual(['two', 'one'])
  await openPlace(address).write('three')
  expect(await place.read()).toEqual(['three', 'two'])
})
