/** A bucket that refuses: the reason with its cure, as with any command, and no mention of a bug. */
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { OperationError } from '../../src/errors.ts'
import { openS3 } from '../../src/verify/s3-place.ts'
import { type S3Emulator, startS3Emulator } from '../emulators/s3/emulator.ts'

let emulator: S3Emulator
beforeAll(async () => {
  emulator = await startS3Emulator({})
})
afterAll(() => emulator.stop())

async function open({ bucket = emulator.bucket, secret = emulator.key.secret, endpoint = emulator.url }) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', emulator.key.id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret)
  onTestFinished(() => void vi.unstubAllEnvs())
  const place = await openS3(`s3://${bucket}/audit`, { endpoint, region: emulator.region })
  onTestFinished(() => place.close())
  return place
}

it.each([
  ['a wrong secret', { secret: 'wrong' }, /SignatureDoesNotMatch, HTTP 403.*; correct the credentials that/],
  ['no such bucket', { bucket: 'another' }, /NoSuchBucket, HTTP 404.*; name another bucket$/],
  ['nobody there', { endpoint: 'http://127.0.0.1:1' }, /ECONNREFUSED/],
])('%s is reported', async (_, how, reason) => {
  const refused = open(how)
  await expect(refused).rejects.toThrow(OperationError)
  await expect(refused).rejects.toThrow(/^s3:\/\/.*\/audit can't be listed: /)
  await expect(refused).rejects.toThrow(reason)
})

it('an object that has disappeared meanwhile is named', async () => {
  const place = await open({})
  const read = Promise.resolve(place.read('gone.ndjson')).then(buffer)
  await expect(read).rejects.toThrow(/^gone\.ndjson: NoSuchKey, HTTP 404/)
})
