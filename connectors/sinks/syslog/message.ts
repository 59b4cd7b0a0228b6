/** The header of a message: RFC 5424, 6. */
import type { AuditEvent } from '../../../src/event.ts'
import { isCalendarTime } from '../../../src/formats/event-time.ts'
import { rfc3339 } from '../../../src/formats/rfc3339.ts'
import type { Config } from './config.ts'

type HeaderOptions = Pick<Config, 'facility' | 'hostname' | 'app_name' | 'structured_data' | 'pen' | 'bom'>

/** What the header needs of an event. */
type HeaderFields = Pick<AuditEvent, 'uid' | 'timestamp' | 'action' | 'organization' | 'severity'>

/** Everything in front of the payload. The structured data says if the message is `truncated`. */
export function createHeader(options: HeaderOptions): (event: HeaderFields, truncated: boolean) => string {
  const { facility, hostname, app_name, structured_data, pen, bom } = options
  const before = SEVERITIES.map((severity) => `<${facility * 8 + severity}>1 `)
  const mark = bom ? '\ufeff' : ''
  return (event, truncated) => {
    const data = structured_data ? structuredData(event, pen, truncated) : '-'
    const priority = before[event.severity] ?? before[0]
    return `${priority}${timeOf(event)} ${hostname} ${app_name} - ${messageId(event.action)} ${data} ${mark}`
  }
}

/**
 * For severities 1 to 4: informational, notice, warning, error (RFC 5424, table 2). An unknown one is informational.
 */
const SEVERITIES = [6, 6, 5, 4, 3]
const MSGID_LENGTH = 32

function timeOf({ timestamp }: HeaderFields): string {
  return isCalendarTime(timestamp) ? rfc3339(timestamp) : '-'
}

/** 27 of Pulumi's event ids are longer than MSGID allows; the structured data holds them whole. */
function messageId(action: string): string {
  const text = action.replaceAll(/[^!-~]/g, '_').slice(0, MSGID_LENGTH)
  return text === '' ? '-' : text
}

function structuredData({ action, uid, organization }: HeaderFields, pen: number, isCut: boolean): string {
  const cut = isCut ? ' truncated="true"' : ''
  return `[pulumi@${pen} eventId="${valueText(action)}" uid="${valueText(uid)}" organization="${valueText(organization)}"${cut}]`
}

/**
 * RFC 5424, 6.3.3: exactly these three are escaped. A line break would end a message, and in some receivers so would a
 * NUL.
 */
function valueText(text: string): string {
  return SPECIAL.test(text)
    ? text
        .toWellFormed()
        .replaceAll(/["\\\]]/g, '\\$&')
        .replaceAll(/\p{Cc}/gu, ' ')
    : text
}

const SPECIAL = /["\\\]\p{Cc}\p{Cs}]/u
