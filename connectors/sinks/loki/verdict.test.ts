import { expect, test } from 'vitest'
import { judge } from './verdict.ts'

const answer = (status: number, body = '', headers = {}) => ({ status, body, headers })
const STREAM = `'{service_name="pulumi-cloud"}'`

test.each([
  [204, '', 'delivered'],
  [200, '', 'retry'],
  [200, '{"status":"success"}', 'retry'],
  [202, '', 'retry'],
  [260, '', 'pause'],
  [260, "ingestion blocked for user x until 'later' with status code '260'", 'pause'],
  [299, "ingestion blocked for user x until 'later' with status code '299'", 'pause'],
  [429, "ingestion blocked for user x until 'later' with status code '429'", 'pause'],
  [302, '', 'pause'],
  [401, 'no org id', 'pause'],
  [403, '', 'pause'],
  [404, '404 page not found', 'pause'],
  [405, '', 'pause'],
  [413, '', 'split'],
  [422, 'error at least one valid stream is required for ingestion', 'split'],
  [429, 'Ingestion rate limit exceeded for user x (limit: 4194304 bytes/sec)', 'retry'],
  [429, 'Per stream rate limit exceeded (limit: 3MB/sec)', 'retry'],
  [429, 'Maximum active stream limit exceeded', 'retry'],
  [408, '', 'retry'],
  [500, '', 'retry'],
  [502, '<html>', 'retry'],
  [503, 'empty ring', 'retry'],
  [504, '', 'retry'],
  [400, `entry for stream ${STREAM} has timestamp too old: 1, oldest acceptable timestamp is: 2`, 'split'],
  [400, `entry for stream ${STREAM} has timestamp too new: 1`, 'split'],
  [400, "entry with timestamp 1 ignored, reason: 'entry too far behind'", 'split'],
  [400, "entry with timestamp 1 ignored, reason: 'entry out of order'", 'split'],
  [400, `Max entry size '262144' bytes exceeded for stream ${STREAM}`, 'split'],
  [400, `stream ${STREAM} has structured metadata too large: '9' bytes`, 'split'],
  [400, 'unexpected end of JSON input', 'split'],
  [400, `stream ${STREAM} includes structured metadata, but this feature is disallowed.`, 'pause'],
  [400, `entry for stream ${STREAM} has 16 label names; limit 15`, 'pause'],
  [400, `stream ${STREAM} has label value too long: 'x'`, 'pause'],
])('%i %s: %s', (status, body, kind) => {
  expect(judge(answer(status, body), 2, 0).kind).toBe(kind)
})

test('an event whose time has not come waits, once it is sent alone', () => {
  expect(judge(answer(400, `entry for stream ${STREAM} has timestamp too new: 1`), 1, 0).kind).toBe('retry')
})

test('Retry-After is passed on', () => {
  expect(judge(answer(429, '', { 'retry-after': '7' }), 1, 0)).toMatchObject({
    kind: 'retry',
    afterMs: 7_000,
  })
})

test.each([
  [401, 'no org id', 'set `tenant`'],
  [401, '', 'correct `auth`'],
  [404, '', 'check `endpoint`'],
  [
    400,
    `stream ${STREAM} includes structured metadata, but this feature is disallowed.`,
    'structured_metadata: false',
  ],
])('the reason of %i %s names the cure', (status, body, cure) => {
  expect(judge(answer(status, body), 1, 0)).toMatchObject({ reason: expect.stringContaining(cure) })
})
