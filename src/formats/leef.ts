/**
 * LEEF for IBM QRadar. Header, delimiter, predefined keys: IBM's "Log Event Extended Format (LEEF)" guide, version 2,
 * https://www.ibm.com/docs/en/dsm?topic=leef-overview. It defines no escaping: what would end a value is replaced by a
 * blank. Keys that the guide doesn't know need a custom property in QRadar to be searchable.
 */
import type { AuditEvent } from '../event.ts'
import { jsonText } from '../lib/json-text.ts'
import { isAddress } from './address.ts'
import { cut, ifLonger } from './cut.ts'
import { agentName, requiredRoles, targetText } from './event-text.ts'
import type { LineFormat } from './format.ts'
import type { LeefOptions } from './leef-options.ts'
import { leftovers } from './leftovers.ts'
import { utcWords } from './utc-words.ts'

export function leef({ version, delimiter }: LeefOptions): LineFormat {
  const [mark, inHeader] = version === 1 ? ['\t', ''] : [delimiter.character, `${delimiter.written}|`]
  const breaks = new RegExp(`[\\t\\r\\n${classEscape(mark)}]`)
  const everyBreak = new RegExp(breaks.source, 'g')
  const printed = (text: string) => (breaks.test(text) ? text.replace(everyBreak, ' ') : text)
  const device = `LEEF:${version}.0|Pulumi|Pulumi Cloud|1.0|`
  return {
    name: 'leef',
    contentType: 'text/plain; charset=utf-8',
    extension: 'leef',
    lineEnd: '\n',
    openings: ['LEEF:'],
    encode(event) {
      let line = `${device}${eventId(event)}|${inHeader}${timeOf(event, mark)}`
      for (const [key, read] of FIELDS) {
        const value: unknown = read(event)
        if (typeof value === 'string' && value !== '') line += `${mark}${key}=${printed(value)}`
      }
      return line
    },
  }
}

type Field = readonly [key: string, value: (event: AuditEvent) => string | undefined]

const EVENT_ID_LENGTH = 255
const USER_NAME_LENGTH = 255
/** For severities 1 to 4, on a scale of 1 to 10. */
const SEVERITY = [undefined, '1', '3', '5', '8']

const FIELDS: readonly Field[] = [
  ['cat', ({ category }) => category],
  ['sev', ({ severity }) => SEVERITY[severity]],
  ['src', ({ sourceIp }) => (isAddress(sourceIp) ? sourceIp : undefined)],
  ['usrName', ({ actor }) => actor.login && cut(actor.login, USER_NAME_LENGTH)],
  ['accountName', ({ actor }) => actor.name],
  ['realm', ({ organization }) => organization],
  ['role', requiredRoles],
  ['resource', ({ target }) => target && targetText(target)],
  ['isLoginEvent', ({ action }) => (LOGINS.has(action) ? 'true' : undefined)],
  // Custom keys from here on.
  ['eventName', ({ actionName }) => actionName],
  ['operation', ({ operation }) => operation],
  ['outcome', ({ outcome }) => outcome],
  ['targetUser', ({ target }) => target?.user],
  ['targetRole', ({ target }) => target?.role],
  ['tokenName', ({ token }) => token?.name],
  ['tokenId', ({ token }) => token?.id],
  ['userEmail', ({ actor }) => actor.email],
  ['eventUid', ({ uid }) => uid],
  ['eventSource', ({ source }) => source],
  ['observedAt', ({ observedAt }) => String(observedAt)],
  ['actorType', ({ actor }) => actor.type],
  ['actorName', agentName],
  ['actorUrn', ({ actor }) => actor.urn],
  ['avatarUrl', ({ actor }) => actor.avatarUrl],
  ['updateId', ({ target }) => target?.updateId],
  ['authFailure', ({ authFailure }) => (authFailure ? 'true' : undefined)],
  ['sourceIp', ({ sourceIp }) => (isAddress(sourceIp) ? undefined : sourceIp)],
  ['login', ({ actor }) => ifLonger(actor.login, USER_NAME_LENGTH)],
  ['eventId', ({ action }) => ifLonger(action, EVENT_ID_LENGTH)],
  ['enrichment', ({ enrichment }) => enrichment && jsonText(enrichment)],
  ['extra', leftovers],
  // Last, so that a receiver that cuts long lines loses nothing else.
  ['msg', ({ description }) => description],
]

/** Ids whose events are about a user's login. */
const LOGINS = new Set(['user-login', 'user-login-failed'])

function eventId({ action }: AuditEvent): string {
  return cut(action, EVENT_ID_LENGTH).replace(/[|\t\r\n]/g, ' ')
}

/** A pattern that the guide suggests, and the only one there with a time zone. */
function timeOf({ timestamp }: AuditEvent, mark: string): string {
  const words = utcWords(timestamp)
  if (words === undefined) return `eventTimestamp=${timestamp}`
  const { month, day, year, time } = words
  return `devTime=${month} ${day} ${year} ${time}.000 GMT${mark}devTimeFormat=MMM dd yyyy HH:mm:ss.SSS z`
}

function classEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
