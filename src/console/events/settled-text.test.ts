import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { isRange, settledText } from './settled-text.ts'

// This file has a process of its own (vitest.config.ts), in which a change of the time zone takes effect.
beforeAll(() => void vi.stubEnv('TZ', 'Europe/Berlin'))
afterAll(() => void vi.unstubAllEnvs())

it.each([
  [null, null, '—'],
  ['2026-11-27T03:28:19.250Z', '2026-11-27T03:28:19.250Z', '27 Nov 2026 04:28:19 +01:00'],
  ['2026-11-27T03:28:19Z', '2026-11-27T03:28:20Z', '27 Nov 2026 04:28:19 – 04:28:20 +01:00'],
  ['2026-11-20T03:28:19Z', '2026-11-27T03:28:20Z', '20 Nov 2026 04:28:19 – 27 Nov 2026 04:28:20 +01:00'],
  ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '25 Oct 2026 02:30:00 +02:00 – 02:30:00 +01:00'],
  [null, '2026-11-27T03:28:20Z', 'by 27 Nov 2026 04:28:20 +01:00'],
  ['2026-11-27T03:28:20Z', null, 'from 27 Nov 2026 04:28:20 +01:00'],
])('says when what lies between %s and %s was settled, with the zone', (notBefore, notAfter, text) => {
  expect(settledText(notBefore, notAfter)).toBe(text)
  expect(isRange(notBefore, notAfter)).toBe(text.includes(' – '))
})
