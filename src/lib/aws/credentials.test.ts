import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpClient } from '../http/http.ts'
import { Secret } from '../secret.ts'
import { awsClientConfig } from './client.ts'
import { prepareRepeat } from './repeat.ts'
import { createS3Client } from './s3-client.ts'

/** Keys in two secret files, and a server that records who asked. */
async function rotated() {
  const asked: (string | undefined)[] = []
  const server = createServer(({ headers }, answer) => {
    asked.push(/Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1])
    answer.end('x-amz-target' in headers ? '{}' : '<ListBucketResult><Name>b</Name></ListBucketResult>')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  let key = 'AKIDOLD'
  const config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    access_key_id: new Secret(() => key),
    secret_access_key: new Secret(() => `secret of ${key}`),
  }
  const connection = { timeoutMs: 5_000, tls: { insecureSkipVerify: false } }
  const context = { connection, id: 's', version: '1.0.0' }
  const rotate = () => {
    key = 'AKIDNEW'
  }
  return { asked, config, context, rotate }
}

const calm = new AbortController().signal

test('rotated keys in their files are used at once, not only after the old ones are refused', async () => {
  const { asked, config, context, rotate } = await rotated()
  const s3 = createS3Client({ ...config, force_path_style: true }, context)
  onTestFinished(() => s3.close())
  await s3.probe({ Bucket: 'b' }, calm)
  rotate()
  await s3.probe({ Bucket: 'b' }, calm)
  expect(asked).toEqual(['AKIDOLD', 'AKIDNEW'])
})

test('also by a request that is repeated', async () => {
  const { asked, config, context, rotate } = await rotated()
  const http = createHttpClient(context.connection)
  onTestFinished(() => http.close())
  const client = new EventBridgeClient(awsClientConfig(config, context, http))
  const repeat = await prepareRepeat(client, () => new PutEventsCommand({ Entries: [] }), http)
  await repeat(Buffer.from('{}'), calm)
  rotate()
  await repeat(Buffer.from('{}'), calm)
  expect(asked).toEqual(['AKIDOLD', 'AKIDNEW'])
})
