import { expect, test } from 'vitest'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { judge } from './verdict.ts'

const error = (type: string, reason: string, more: object = {}) => ({ error: { type, reason, ...more } })
const answer = (status: number, body: unknown, headers: HttpAnswer['headers'] = {}): HttpAnswer => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const items = (...results: object[]) => ({ errors: true, items: results.map((create) => ({ create })) })

test.each([
  [{ status: 201 }, 'delivered'],
  [{ status: 200 }, 'delivered'],
  [{ status: 409, ...error('version_conflict_engine_exception', 'document already exists') }, 'delivered'],
  [{ status: 409, ...error('other_exception', 'x') }, 'retry'],
  [{ status: 429, ...error('es_rejected_execution_exception', 'rejected execution') }, 'retry'],
  [{ status: 429, ...error('cluster_block_exception', 'TOO_MANY_REQUESTS/12/disk usage exceeded') }, 'retry'],
  [{ status: 500, ...error('exception', 'x') }, 'retry'],
  [{ status: 503, ...error('unavailable_shards_exception', 'primary shard is not active') }, 'retry'],
  [{ status: 400, ...error('document_parsing_exception', 'failed to parse') }, 'rejected'],
  [{ status: 400, ...error('mapper_parsing_exception', 'failed to parse field [x]') }, 'rejected'],
  [{ status: 400, ...error('strict_dynamic_mapping_exception', 'mapping set to strict') }, 'rejected'],
  [{ status: 400, ...error('illegal_argument_exception', 'Limit of total fields [1000]') }, 'rejected'],
  [{ status: 400, ...error('illegal_argument_exception', 'pipeline with id [x] does not exist') }, 'pause'],
  [
    {
      status: 400,
      ...error(
        'illegal_argument_exception',
        'Document ID is not supported in create/index operation request',
      ),
    },
    'pause',
  ],
  [
    { status: 400, ...error('illegal_argument_exception', 'no write index is defined for alias [x]') },
    'pause',
  ],
  [
    {
      status: 400,
      ...error('validation_exception', 'cluster currently has [9]/[9] maximum normal shards open'),
    },
    'pause',
  ],
  [{ status: 400, ...error('index_closed_exception', 'closed') }, 'pause'],
  [{ status: 400, ...error('invalid_index_name_exception', 'Invalid index name [A]') }, 'pause'],
  [{ status: 403, ...error('cluster_block_exception', 'FORBIDDEN/12/index read-only') }, 'pause'],
  [{ status: 403, ...error('security_exception', 'action is unauthorized') }, 'pause'],
  [{ status: 404, ...error('index_not_found_exception', 'no such index [x]') }, 'pause'],
  [{ status: 401, ...error('security_exception', 'x') }, 'pause'],
  [{ status: 405, ...error('exception', 'x') }, 'pause'],
  [{ status: 410, ...error('exception', 'x') }, 'pause'],
  [{ status: 413, ...error('exception', 'x') }, 'rejected'],
  [{ status: 422, ...error('exception', 'x') }, 'rejected'],
  [{ status: 201, failure_store: 'used' }, 'rejected'],
  [{ status: 400, failure_store: 'failed', ...error('document_parsing_exception', 'x') }, 'rejected'],
  [{ status: 202 }, 'retry'],
  [{ status: 302 }, 'retry'],
  [{ status: '201' }, 'retry'],
  [{}, 'retry'],
])('item %j: %s, and its neighbours are delivered', (item, kind) => {
  const outcomes = judge(answer(200, items({ status: 201 }, item, { status: 201 })), 3, 0)
  expect(outcomes.map((it) => it.kind)).toEqual(['delivered', kind, 'delivered'])
})

test.each([{ status: '201' }, {}, { status: null }])('item %j: its reason says what is missing', (item) => {
  const [outcome] = judge(answer(200, items({ ...item, ...error('exception', 'x') })), 1, 0)
  expect(outcome).toEqual({ kind: 'retry', reason: 'item without a status exception: x' })
  const [bare] = judge(answer(200, items(item)), 1, 0)
  expect(bare).toEqual({ kind: 'retry', reason: 'item without a status' })
})

test('a reason contains what Elasticsearch says, a dead letter its answer', () => {
  const item = {
    status: 400,
    ...error('document_parsing_exception', "failed to parse field [a] in document with id 'x'", {
      caused_by: { reason: 'For input string: "b"' },
    }),
  }
  const [outcome] = judge(answer(200, items(item)), 1, 0)
  expect(outcome).toMatchObject({
    kind: 'rejected',
    reason: `400 document_parsing_exception: failed to parse field [a] in document with id 'x': For input string: "b"`,
    answer: JSON.stringify(item.error),
  })
})

test.each([
  ['HTML', '<html>ok</html>'],
  ['nothing', ''],
  ['no items', { errors: false }],
  ['too few items', { errors: false, items: [{ create: { status: 201 } }] }],
  ['too many items', { errors: false, items: Array(3).fill({ create: { status: 201 } }) }],
  ['items that are none', { errors: false, items: 'ok' }],
  ['a cut answer', '{"errors":false,"items":[{"create":{"status":201}},{"create":{"sta'],
  ['items of nothing', { errors: false, items: [null, {}] }],
])('200 with %s is not success', (_, body) => {
  expect(judge(answer(200, body), 2, 0).map(({ kind }) => kind)).toEqual(['retry', 'retry'])
})

test('an answer that the client truncated is requested again in halves', () => {
  const cut = answer(200, `{"errors":true,"items":[${'x'.repeat(1 << 20)}`)
  expect(judge(cut, 2, 0)[0]?.kind).toBe('split')
  expect(judge(cut, 1, 0)[0]?.kind).toBe('retry')
})

test.each([
  [201, '', 'retry'],
  [204, '', 'retry'],
  [260, '', 'retry'],
  [301, '', 'pause'],
  [401, error('security_exception', 'missing authentication credentials'), 'pause'],
  [403, error('security_exception', 'unauthorized'), 'pause'],
  [403, { message: 'The request signature we calculated does not match' }, 'pause'],
  [404, '<html>', 'pause'],
  [405, '', 'pause'],
  [406, { error: 'Content-Type header [] is not supported', status: 406 }, 'pause'],
  [415, '', 'pause'],
  [408, '', 'retry'],
  [413, '', 'split'],
  [429, error('circuit_breaking_exception', '[parent] Data too large'), 'retry'],
  [500, '', 'retry'],
  [502, '<html>', 'retry'],
  [503, error('cluster_block_exception', 'no master'), 'retry'],
  [504, '', 'retry'],
  [400, error('illegal_argument_exception', 'contains unrecognized parameter: [x]'), 'pause'],
  [400, { error: 'no handler found for uri [/x] and method [POST]' }, 'pause'],
  [400, error('illegal_argument_exception', 'must be terminated by a newline [\\n]'), 'split'],
  [400, error('parse_exception', 'request body is required'), 'split'],
  [400, error('action_request_validation_exception', 'Validation Failed: 1: no requests added;'), 'pause'],
  [400, error('index_closed_exception', 'closed'), 'pause'],
  [400, error('invalid_index_name_exception', 'Invalid index name [A]'), 'pause'],
  [400, error('x_content_parse_exception', 'unexpected end'), 'split'],
  [400, '', 'split'],
  [418, '', 'split'],
])('request %i %j: %s', (status, body, kind) => {
  expect(judge(answer(status, body), 2, 0).map((it) => it.kind)).toEqual([kind, kind])
})

test.each([
  ['illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]'],
  ['parse_exception', 'request body is required'],
])(
  'a body that was truncated on its way does not blame a document that was sent alone: %s, %s',
  (type, reason) => {
    expect(judge(answer(400, error(type, reason)), 1, 0)).toEqual([
      { kind: 'pause', reason: expect.stringContaining(`${type}: ${reason}: check what stands before`) },
    ])
  },
)

test('Retry-After is passed on, from a request and from items', () => {
  const headers = { 'retry-after': '7' }
  const busy = { status: 429, ...error('es_rejected_execution_exception', 'x') }
  expect(judge(answer(429, '', headers), 1, 0)[0]).toMatchObject({ kind: 'retry', afterMs: 7_000 })
  expect(judge(answer(200, items(busy), headers), 1, 0)[0]).toMatchObject({ kind: 'retry', afterMs: 7_000 })
})

test('a pause names the cure', () => {
  const [outcome] = judge(answer(401, error('security_exception', 'unable to authenticate')), 1, 0)
  expect(outcome).toEqual({
    kind: 'pause',
    reason: '401 security_exception: unable to authenticate: correct `auth`',
  })
})
