/**
 * CEF 0 for ArcSight and whatever else reads it. Keys and lengths: "Implementing ArcSight Common Event Format",
 * Extension Dictionary. A value that is longer than its key allows is cut there and given whole under a key of our own,
 * as is whatever the dictionary has no key for: `PulumiCloud…`, the form that the standard requires of custom keys.
 */
import { z } from 'zod'
import type { AuditEvent } from '../event.ts'
import { jsonText } from '../lib/json-text.ts'
import { addressVersion } from './address.ts'
import { extensionText, headerText } from './cef-text.ts'
import { cut, ifLonger } from './cut.ts'
import { agentName, requiredRoles, targetText } from './event-text.ts'
import type { LineFormat } from './format.ts'
import { leftovers } from './leftovers.ts'
import { epochMs } from './utc-words.ts'

export const cefOptions = z.strictObject({
  host: hostName().default('api.pulumi.com').describe('Host name of the Pulumi Cloud API, for `dvchost`.'),
})

/** A name that may stand in a CEF line unescaped; `dvchost` takes 100 characters. */
export function hostName() {
  return z.string().regex(/^[A-Za-z0-9._:-]{1,100}$/, 'expected a host name such as api.pulumi.com')
}

export function cef({ host }: z.output<typeof cefOptions>): LineFormat {
  const constant = ` dvchost=${host} deviceProcessName=auditferry`
  return {
    name: 'cef',
    contentType: 'text/plain; charset=utf-8',
    extension: 'cef',
    lineEnd: '\n',
    openings: ['CEF:0|'],
    encode(event) {
      let line = headOf(event) + timeOf(event) + constant
      let wholes = ''
      for (const field of FIELDS) {
        const value: unknown = field.value(event)
        if (typeof value !== 'string' || value === '') continue
        line += pair(field, value)
        wholes += wholePair(field, value)
      }
      // Last, so that a receiver that cuts long lines loses nothing else.
      return line + wholes
    },
  }
}

interface Field {
  readonly key: string
  /** Written next to the value, under `<key>Label`. */
  readonly label?: string
  /** The value's maximum length in characters, and the key that holds a longer value whole. */
  readonly limit?: readonly [length: number, whole: string]
  readonly value: (event: AuditEvent) => string | undefined
}

const FIELDS: readonly Field[] = [
  { key: 'externalId', value: ({ uid }) => cut(uid, 40) },
  { key: 'cat', limit: [1023, 'PulumiCloudCategory'], value: ({ category }) => category },
  { key: 'act', limit: [63, 'PulumiCloudOperation'], value: ({ operation }) => operation },
  { key: 'outcome', limit: [63, 'PulumiCloudOutcome'], value: ({ outcome }) => outcome },
  { key: 'src', value: (event) => addressOf(event, 4) },
  { key: 'c6a2', label: 'Source IPv6 Address', value: (event) => addressOf(event, 6) },
  { key: 'suser', limit: [1023, 'PulumiCloudLogin'], value: ({ actor }) => actor.login },
  { key: 'spriv', value: requiredRoles },
  { key: 'duser', limit: [1023, 'PulumiCloudTargetUser'], value: ({ target }) => target?.user },
  { key: 'dpriv', limit: [1023, 'PulumiCloudTargetRole'], value: ({ target }) => target?.role },
  string('cs1', 'organization', 'PulumiCloudOrganization', ({ organization }) => organization),
  string('cs2', 'tokenName', 'PulumiCloudTokenName', ({ token }) => token?.name),
  string('cs3', 'tokenId', 'PulumiCloudTokenId', ({ token }) => token?.id),
  string('cs4', 'target', 'PulumiCloudTarget', ({ target }) => target && targetText(target)),
  string('cs5', 'userDisplayName', 'PulumiCloudUserDisplayName', ({ actor }) => actor.name),
  string('cs6', 'userEmail', 'PulumiCloudUserEmail', ({ actor }) => actor.email),
  { key: 'msg', limit: [1023, 'PulumiCloudDescription'], value: ({ description }) => description },
  { key: 'PulumiCloudAction', value: ({ action }) => ifLonger(action, ID_LENGTH) },
  { key: 'PulumiCloudActionName', value: ({ actionName }) => ifLonger(actionName, NAME_LENGTH) },
  { key: 'PulumiCloudUid', value: ({ uid }) => uid },
  { key: 'PulumiCloudSource', value: ({ source }) => source },
  { key: 'PulumiCloudObservedAt', value: ({ observedAt }) => String(observedAt) },
  { key: 'PulumiCloudActorType', value: ({ actor }) => actor.type },
  { key: 'PulumiCloudActorName', value: agentName },
  { key: 'PulumiCloudActorUrn', value: ({ actor }) => actor.urn },
  { key: 'PulumiCloudAvatarUrl', value: ({ actor }) => actor.avatarUrl },
  { key: 'PulumiCloudUpdateId', value: ({ target }) => target?.updateId },
  { key: 'PulumiCloudAuthFailure', value: ({ authFailure }) => (authFailure ? 'true' : undefined) },
  { key: 'PulumiCloudSourceIp', value: (event) => addressOf(event, undefined) },
  { key: 'PulumiCloudEnrichment', value: ({ enrichment }) => enrichment && jsonText(enrichment) },
  { key: 'PulumiCloudExtra', value: leftovers },
]

function string(key: string, label: string, whole: string, value: Field['value']): Field {
  return { key, label, limit: [4000, whole], value }
}

/** Differs from vendor and product in Pulumi's own export, whose events have other class ids. */
const DEVICE = 'CEF:0|Pulumi|Pulumi Cloud|1.0|'
/** For severities 1 to 4. On the standard's scale 0–3 is low, 4–6 medium, 7–8 high. */
const SEVERITY = ['Unknown', '1', '3', '5', '8']
const ID_LENGTH = 1023
const NAME_LENGTH = 512

function headOf({ action, actionName, severity }: AuditEvent): string {
  const id = headerText(cut(action, ID_LENGTH))
  const name = headerText(cut(actionName, NAME_LENGTH))
  return `${DEVICE}${id}|${name}|${SEVERITY[severity] ?? 'Unknown'}|`
}

/** `rt` and `end`: only milliseconds need no time zone. */
function timeOf({ timestamp }: AuditEvent): string {
  const ms = epochMs(timestamp)
  return ms === undefined ? `PulumiCloudTimestamp=${timestamp}` : `rt=${ms} end=${ms}`
}

/** A label never stands alone. */
function pair({ key, label, limit }: Field, value: string): string {
  const text = extensionText(limit === undefined ? value : cut(value, limit[0]))
  return label === undefined ? ` ${key}=${text}` : ` ${key}=${text} ${key}Label=${label}`
}

function wholePair({ limit }: Field, value: string): string {
  return limit === undefined || value.length <= limit[0] ? '' : ` ${limit[1]}=${extensionText(value)}`
}

/** `src` takes only IPv4; the dictionary has no key for a text that is no address at all. */
function addressOf({ sourceIp }: AuditEvent, version: 4 | 6 | undefined): string | undefined {
  return sourceIp !== undefined && addressVersion(sourceIp) === version ? sourceIp : undefined
}
