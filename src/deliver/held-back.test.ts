import { expect, it } from 'vitest'
import { auditEvents } from '../../test/conformance/batches.ts'
import type { Redaction } from '../config/config.ts'
import type { AuditEvent, Enrichment } from '../event.ts'
import { defaultFormatOptions } from '../formats/options.ts'
import { addTo } from './enrich.ts'
import { compileHoldBack } from './held-back.ts'

const [sample] = auditEvents(1) as [AuditEvent]
const sink = { redact: [], format: 'native', formatOptions: defaultFormatOptions } as const

function enriched(redact: readonly Redaction[], enrichment?: Enrichment): Enrichment | undefined {
  const event: AuditEvent = { ...sample, ...(enrichment && { enrichment }) }
  const enrich = (it: AuditEvent) => addTo(it, { fields: { env: 'now' } })
  expect(compileHoldBack({ ...sink, redact }, enrich)(event)).toBeUndefined()
  return event.enrichment
}

it('enriches what the rule failed on before, and keeps what was added while it was known', () => {
  expect(enriched([])).toEqual({ fields: { env: 'now' } })
  expect(enriched([], { fields: { env: 'then' } })).toEqual({ fields: { env: 'then' } })
})

it.each(['sourceIp', 'enrichment.fields'])('adds nothing if %s is to be hidden', (field) => {
  expect(enriched([{ field, with: 'drop' }])).toBeUndefined()
})

it('looks nothing up for a record in which a field is hidden, too', () => {
  const where = 'raw.user.name != ""'
  const hidden = compileHoldBack(
    { ...sink, where, redact: [{ field: 'actor.login', with: 'drop' }] },
    undefined,
  )
  expect(hidden(sample)).toContain('asks for what is redacted here')
  const elsewhere = compileHoldBack({ ...sink, where: 'raw != 1', redact: [] }, undefined)
  expect(elsewhere(sample)).toBeUndefined()
})
