/** A mirror in a bucket: by the usual AWS environment variables, and with the previous revision kept. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { MirrorAway, OperationError } from '../../src/errors.ts'
import { type MirrorPlace, openPlace } from '../../src/mirror/place.ts'
import { type S3EmulatorOptions, startS3Emulator } from '../emulators/s3/emulator.ts'
import { tempFolder } from './temp-folder.ts'

async function startBucket(options: S3EmulatorOptions = {}) {
  const bucket = await startS3Emulator({ region: 'eu-west-1', ...options })
  onTestFinished(() => bucket.stop().catch(() => {}))
  vi.stubEnv('AWS_ENDPOINT_URL_S3', bucket.url)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', bucket.key.id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', bucket.key.secret)
  onTestFinished(() => void vi.unstubAllEnvs())
  return { bucket, address: `s3://${bucket.bucket}/state/mirror.json` }
}

const revisions = (place: MirrorPlace) => Promise.all([place.read('last'), place.read('previous')])

it('keeps the last revision and the one before, also over a restart', async () => {
  const { address } = await startBucket()
  const place = openPlace(address)
  expect(await revisions(place)).toEqual([undefined, undefined])
  await place.write('one')
  await place.write('two')
  expect(await revisions(place)).toEqual(['two', 'one'])
  await openPlace(address).write('three')
  expect(await revisions(place)).toEqual(['three', 'two'])
})

it('does not wait for ever for an answer, and not at all once it is closed', async () => {
  const { bucket, address } = await startBucket()
  bucket.fail({ hang: true }, 9)
  await expect(openPlace(address, 100).write('one')).rejects.toThrow('no answer within 0.1s')
  const place = openPlace(address)
  const asked = bucket.requests.length
  const outcome = place.write('one').catch(String)
  await expect.poll(() => bucket.requests.length).toBeGreaterThan(asked)
  await place.close()
  expect(await outcome).toMatch('stopped before an answer came')
})

it.each([
  [
    '403',
    { status: 403 },
    OperationError,
    /AccessDenied, HTTP 403.*s3:GetObject.*s3:PutObject.*s3:ListBucket/,
  ],
  ['503', { status: 503 }, MirrorAway, /HTTP 503/],
  ['a reset', { reset: true }, MirrorAway, /./],
] as const)('says what %s means', async (_, fault, kind, message) => {
  const { bucket, address } = await startBucket()
  const place = openPlace(address)
  await place.write('one')
  bucket.fail(fault, 2)
  await expect(place.read('last')).rejects.toThrow(message)
  await expect(place.read('last')).rejects.toSatisfy((error) => (error as Error).constructor === kind)
})

it.each([
  ['a bucket that is not there', {}, 'other', /NoSuchBucket.*`state\.mirror`/],
  [
    'another region',
    { AWS_REGION: 'us-west-2' },
    {},
    /AuthorizationHeaderMalformed.*AWS_REGION.*: eu-west-1/,
  ],
  ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'x' }, 'acme-audit', /SignatureDoesNotMatch.*credentials/],
  [
    'no credentials',
    { AWS_ACCESS_KEY_ID: undefined, AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nowhere' },
    'acme-audit',
    /give credentials by the environment/,
  ],
])('names the cure for %s', async (_, environment, bucket, message) => {
  await startBucket()
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const failure = openPlace(`s3://${bucket}/state.json`).read('last')
  await expect(failure).rejects.toThrow(message)
  await expect(failure).rejects.not.toBeInstanceOf(MirrorAway)
})

it('waits for a port that nobody listens on', async () => {
  const { bucket, address } = await startBucket()
  await bucket.stop()
  await expect(openPlace(address).read('last')).rejects.toSatisfy(
    (error) => error instanceof MirrorAway && error.message.includes('ECONNREFUSED'),
  )
})

describe('the region', () => {
  async function startRegion(region: string, profile: string) {
    const started = await startBucket({ region })
    const file = join(tempFolder(), 'config')
    writeFileSync(file, profile)
    vi.stubEnv('AWS_CONFIG_FILE', file)
    vi.stubEnv('AWS_REGION', undefined)
    return started
  }

  it('is that of the AWS profile', async () => {
    const { bucket, address } = await startRegion('eu-north-1', '[default]\nregion = eu-north-1\n')
    await openPlace(address).write('one')
    expect(bucket.objects.size).toBe(1)
  })

  it('is us-east-1 where only an endpoint is given', async () => {
    const { bucket, address } = await startRegion('us-east-1', '')
    await openPlace(address).write('one')
    expect(bucket.objects.size).toBe(1)
  })

  it('is asked for where none is given', async () => {
    const { address } = await startRegion('us-east-1', '')
    vi.stubEnv('AWS_ENDPOINT_URL_S3', undefined)
    await expect(openPlace(address).read('last')).rejects.toThrow(
      'set AWS_REGION, or `region` in the AWS profile',
    )
  })
})
