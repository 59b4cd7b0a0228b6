/** The emulator reads texts as bytes where it can: what the queue accepts and keeps must not depend on that. */
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, onTestFinished, test } from 'vitest'
import { startSqsEmulator } from './emulator.ts'

test.each([
  ['bytes', ''],
  ['texts, for an escape beyond ASCII', '\ud800'],
])('messages are judged and kept alike as %s', async (_, escaped) => {
  const emulator = await startSqsEmulator()
  const { url: endpoint, region, key, queueUrl: QueueUrl } = emulator
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret }
  const client = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 })
  onTestFinished(async () => {
    client.destroy()
    await emulator.stop()
  })
  const bodies = ['ö佐😀\ufffd\uffc0\t', 'a\uffffb', 'a\ufffeb', 'a\u0001b', `half${escaped}`]
  const Entries = bodies.map((MessageBody, at) => ({ Id: `${at}`, MessageBody }))
  const { Failed, Successful } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  const taken = escaped === '' ? [0, 4] : [0]
  expect(Successful?.map(({ Id }) => Id)).toEqual(taken.map(String))
  expect(new Set(Failed?.map(({ Code }) => Code))).toEqual(new Set(['InvalidMessageContents']))
  expect(emulator.messages.map(({ body }) => body)).toEqual(taken.map((at) => bodies[at]))
})
