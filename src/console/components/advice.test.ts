import { expect, it } from 'vitest'
import { COMPONENT_STATES } from '../../ops/status.ts'
import { adviceOf } from './advice.ts'

it('explains every state', () => {
  for (const state of COMPONENT_STATES) {
    for (const kind of ['source', 'sink'] as const)
      expect(adviceOf(kind, state, '').means).toMatch(/^[A-Z].*\.$/)
  }
})

it('does not say that a sink has everything if it refused some', () => {
  expect(adviceOf('sink', 'idle', '', 0).means).toContain('Has everything')
  expect(adviceOf('sink', 'idle', '', 1).means).toBe('Nothing waits; 1 event became a dead letter.')
  expect(adviceOf('sink', 'idle', '', 25).means).toBe('Nothing waits; 25 events became dead letters.')
})

it('names a cure only if something is wrong', () => {
  expect(adviceOf('sink', 'ok', 'HTTP 401').cure).toBe('')
  expect(adviceOf('sink', 'paused', '401 invalid authorization (code 3)').cure).toContain('credentials')
  expect(adviceOf('source', 'throttled', 'the spool is full (state.max_spool)').cure).toContain('max_spool')
  expect(adviceOf('sink', 'throttled', 'connect ECONNREFUSED 127.0.0.1:9').cure).toContain('spool')
  expect(adviceOf('source', 'stuck', 'something new').cure).toContain('log')
})
