/** What the rule redact hides is in no format's line, and the line stays valid. */
import { expect, test } from 'vitest'
import type { Redaction } from '../../src/config/config.ts'
import { redact } from '../../src/deliver/redact.ts'
import type { AuditEvent } from '../../src/event.ts'
import type { FormatName } from '../../src/formats/format.ts'
import { FORMAT_NAMES, lineFormat } from '../../src/formats/formats.ts'
import { Secret } from '../../src/lib/secret.ts'
import { eventOfEach } from './sample-events.ts'
import { validatorOf } from './validator.ts'

const key = new Secret('a key')
const REDACTIONS: readonly Redaction[] = [
  { field: 'actor.login', with: 'hash', key },
  { field: 'actor.name', with: 'mask' },
  { field: 'actor.email', with: 'hash', key },
  { field: 'actor.avatarUrl', with: 'drop' },
  { field: 'actor.urn', with: 'drop' },
  { field: 'sourceIp', with: 'mask' },
  { field: 'token', with: 'drop' },
  { field: 'target', with: 'drop' },
  { field: 'description', with: 'drop' },
  { field: 'raw.actorName', with: 'drop' },
]

const validators: Partial<Record<FormatName, readonly ReturnType<typeof validatorOf>[]>> = {
  ocsf: [validatorOf('ocsf', '1.9.0')],
  ecs: [validatorOf('ecs')],
  udm: [validatorOf('udm')],
  asim: [validatorOf('asim-audit'), validatorOf('asim-authentication')],
  otel: [validatorOf('otel')],
}

test.each(FORMAT_NAMES)('%s stays valid and shows nothing that was redacted', (name) => {
  const format = lineFormat(name)
  for (const event of eventOfEach()) {
    const redacted = structuredClone(event)
    redact(redacted, REDACTIONS)
    const line = format.encode(redacted)
    expect(hiddenOf(event).filter((text) => line.includes(text))).toEqual([])
    const faults = (validators[name] ?? []).map((faultsOf) => faultsOf(line))
    if (faults.length > 0) expect(faults).toContainEqual([])
    expect(format.encode(event)).not.toBe(line)
  }
})

function hiddenOf({ actor, token, target, sourceIp, description, raw }: AuditEvent): string[] {
  const { actorName } = raw as { actorName?: string }
  const said = [
    ...[actor.login, actor.name, actor.email, actor.avatarUrl, actor.urn, token?.id, token?.name, actorName],
    ...[sourceIp, description, JSON.stringify(description).slice(1, -1)],
    target?.project && `${target.project}/${target.stack ?? target.name}`,
  ]
  return said.filter((text): text is string => text !== undefined && text !== '')
}
