import { expect, test } from 'vitest'
import { eventOf } from '../../test/formats/sample-events.ts'
import type { AuditEvent } from '../event.ts'
import { lineFormat } from './formats.ts'
import { logRecord, logsData, otelOptions } from './otel.ts'
import { utf8MembersOf } from './written-members.ts'

const options = otelOptions.parse({})

test('a line is one record under its organization', () => {
  const event = eventOf({ event: 'stack-created', description: 'Created' })
  const line = lineFormat('otel').encode(event)
  expect(line).toBe(logsData('acme', [recordOf(event)]))
  expect(line).toMatch(/^\{"resourceLogs":\[\{"resource":/)
})

test('an OTLP sink puts many records under one resource', () => {
  const records = ['stack-created', 'stack-deleted'].map((event) => recordOf(eventOf({ event })))
  const data = JSON.parse(logsData('acme', records))
  expect(data.resourceLogs[0].scopeLogs[0].logRecords).toEqual(records.map((record) => JSON.parse(record)))
})

test.each([
  ['stack-created', {}, undefined],
  ['auth-failure-environment', { authFailure: true }, 'authorization_denied'],
  ['user-login-failed', {}, 'authentication_failed'],
  ['environment-rotated', { description: 'Rotation failed' }, '_OTHER'],
  ['of-tomorrow', { authFailure: true }, 'authorization_denied'],
])('the error of %s with %j is %s', (event, fields, expected) => {
  expect(attribute(eventOf({ event, ...fields }), 'error.type')).toBe(expected)
})

test('a time that 64 bits do not hold is unknown, and told beside', () => {
  for (const timestamp of [0, -1, 1e15]) {
    const event = eventOf({ event: 'stack-created', timestamp })
    expect(JSON.parse(recordOf(event))).not.toHaveProperty('timeUnixNano')
    expect(attribute(event, 'pulumi.audit.timestamp')).toBe(String(timestamp))
  }
})

test('what was redacted is absent', () => {
  const event = eventOf({ event: 'stack-created', sourceIp: '' })
  const actor = { type: 'user', login: '', name: '' } as const
  const redacted = { ...event, actor, description: '', raw: undefined }
  expect(JSON.parse(recordOf(redacted))).not.toHaveProperty('body')
  for (const key of ['user.name', 'user.full_name', 'client.address', 'log.record.original']) {
    expect(attribute(redacted, key)).toBeUndefined()
  }
})

test('a description of a megabyte is carried whole', () => {
  const description = 'é"\\\n'.repeat(1 << 18)
  const record = JSON.parse(recordOf(eventOf({ event: 'stack-created', description })))
  expect(record.body.stringValue).toBe(description)
})

function attribute(event: AuditEvent, key: string): unknown {
  const { attributes } = JSON.parse(recordOf(event))
  return attributes.find((it: { key: string }) => it.key === key)?.value.stringValue
}

function recordOf(event: AuditEvent): string {
  return logRecord(utf8MembersOf(event), options)
}
