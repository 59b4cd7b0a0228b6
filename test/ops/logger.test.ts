import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import type { LogConfig } from '../../src/config/config.ts'
import { createLogger } from '../../src/ops/logger.ts'

const json: LogConfig = { level: 'info', format: 'json' }

function collector() {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  stream.on('data', (chunk) => chunks.push(chunk))
  return {
    stream,
    lines: () => Buffer.concat(chunks).toString().split('\n').slice(0, -1),
  }
}

test('writes one flat JSON object per entry', async () => {
  const { stream, lines } = collector()
  const logger = createLogger(json, { stream })
  logger.child({ component: 'soc' }).child({ lane: 2 }).warn('slow\nsink', { level: 'x', waitMs: 5 })
  await logger.close()
  const [line = ''] = lines()
  expect(lines()).toHaveLength(1)
  expect(Object.keys(JSON.parse(line))).toEqual([
    'timestamp',
    'level',
    'message',
    'component',
    'lane',
    'waitMs',
  ])
  expect(JSON.parse(line)).toMatchObject({
    level: 'warn',
    message: 'slow\nsink',
    component: 'soc',
    waitMs: 5,
  })
  expect(JSON.parse(line).timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test('writes readable text that no message can forge', async () => {
  const { stream, lines } = collector()
  const logger = createLogger({ ...json, format: 'text' }, { stream })
  logger.info('started\n2026 ERROR \u001b[31mforged\u009b\u202e', {
    reply: 'a\u009b',
    from: 'a\u2066b',
    url: 'http://x',
    reason: 'a b',
    absent: undefined,
  })
  await logger.close()
  expect(lines()).toHaveLength(1)
  expect(lines()[0]).toMatch(
    /^\S+Z INFO {2}started\\n2026 ERROR \\u001b\[31mforged\\u009b\\u202e reply="a\\u009b" from="a\\u2066b" url=http:\/\/x reason="a b"$/,
  )
})

test('writes JSON that cannot control a terminal', async () => {
  const { stream, lines } = collector()
  const logger = createLogger(json, { stream })
  const reason = 'HTTP 400: \u009b31m \u202e \u2028 \u0085 é'
  logger.warn('sink retries', { reason })
  await logger.close()
  expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ reason })
  expect(lines()[0]).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u)
})

test('masks secrets in messages and fields', async () => {
  const { stream, lines } = collector()
  const logger = createLogger(json, { stream })
  logger
    .child({ token: 'hunter2' })
    .error('refused: Authorization: token pul-abcdef0123', { reason: 'pul-zyxwvu98' })
  await logger.close()
  expect(lines().join()).not.toMatch(/hunter2|abcdef0123|zyxwvu98/)
  expect(lines()[0]).toContain('refused')
})

test('keeps to the level, which can be changed', async () => {
  const { stream, lines } = collector()
  const logger = createLogger(json, { stream })
  const child = logger.child({ component: 'soc' })
  child.debug('one')
  logger.setLevel('debug')
  child.debug('two')
  logger.setLevel('error')
  child.warn('three')
  child.error('four')
  await logger.close()
  expect(lines().map((line) => JSON.parse(line).message)).toEqual(['two', 'four'])
})

test('close waits for a slow stream, and later entries are ignored', async () => {
  const written: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      setImmediate(() => {
        written.push(String(chunk))
        done()
      })
    },
  })
  const logger = createLogger(json, { stream })
  for (let i = 0; i < 100; i++) logger.info(`entry ${i}`)
  await logger.close()
  expect(written.filter((line) => line !== '')).toHaveLength(100)
  logger.info('too late')
  await logger.close()
  expect(written.join('')).not.toContain('too late')
})

test('a stream whose reader went away does not throw', async () => {
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  const logger = createLogger(json, { stream })
  logger.info('one')
  await new Promise((resolve) => stream.once('close', resolve))
  logger.info('two')
  await expect(logger.close()).resolves.toBeUndefined()
})

test('keeps a limited part of what nobody reads, and says how much was left out', async () => {
  const written: string[] = []
  let isRead = false
  let take = () => {}
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      take = done
      if (isRead) setImmediate(done)
    },
  })
  const logger = createLogger(json, { stream })
  for (let i = 0; i < 3000; i++) logger.info(`entry ${i} ${'x'.repeat(1000)}`)
  expect(stream.writableLength).toBeLessThan(2 * 1024 * 1024)
  isRead = true
  take()
  await expect.poll(() => stream.writableLength).toBe(0)
  logger.info('read again')
  await logger.close()
  const entries = written.filter((line) => line !== '').map((line) => JSON.parse(line))
  const [told, last] = entries.slice(-2)
  expect(told).toMatchObject({ level: 'warn', message: expect.stringMatching(/log entries were left out/) })
  expect(told.leftOut).toBe(3000 - (entries.length - 2))
  expect(last.message).toBe('read again')
})

test('close does not wait for a reader that stopped', async () => {
  const stream = new Writable({ write() {} })
  const logger = createLogger(json, { stream })
  logger.info('one')
  await logger.close(50)
  expect(stream.writableLength).toBeGreaterThan(0)
})
