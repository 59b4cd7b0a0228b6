/**
 * Pulumi's own CEF export, for what reads that today. Layout and keys: "CEF format" of
 * https://www.pulumi.com/docs/administration/reference/audit-log-formats/ and a published line of a real export
 * (vendor, product, `tokenID=` and `tokenName=` when there is no token, severity always 0, keys in alphabetical order).
 * Only Pulumi knows `orgID` and `userID`: neither JSON nor CSV contains them, so they are left out.
 */
import { z } from 'zod'
import type { AuditEvent } from '../event.ts'
import { hostName } from './cef.ts'
import { extensionText, headerText } from './cef-text.ts'
import type { LineFormat } from './format.ts'
import { utcWords } from './utc-words.ts'

export const pulumiCefOptions = z.strictObject({
  host: hostName()
    .default('api.pulumi.com')
    .describe('Host name of the Pulumi Cloud API, in front of each line and in `dvchost`.'),
})

export function pulumiCef({ host }: z.output<typeof pulumiCefOptions>): LineFormat {
  const device = `${host} CEF:0|Pulumi|Pulumi Service|1.0|`
  return {
    name: 'pulumi_cef',
    contentType: 'text/plain; charset=utf-8',
    extension: 'cef',
    lineEnd: '\n',
    openings: MONTHS.map((month) => `${month} `),
    encode: (event) => `${prefix(event)}${device}${headOf(event)}${extensionOf(event, host)}`,
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Feb 14 14:53:01 `: in UTC, and without the year. */
function prefix({ timestamp }: AuditEvent): string {
  const words = utcWords(timestamp)
  return words === undefined ? '' : `${words.month} ${words.day} ${words.time} `
}

/** Only the header has room for the description, so it isn't cut. An empty one would leave the event nameless. */
function headOf({ actionName, description }: AuditEvent): string {
  return `${headerText(actionName)}|${headerText(description === '' ? actionName : description)}|0|`
}

function extensionOf(event: AuditEvent, host: string): string {
  const { actor, authFailure, required, sourceIp, timestamp, token } = event
  return (
    `authenticationFailure=${authFailure} dvchost=${host} requireOrgAdmin=${required.orgAdmin}` +
    ` requireStackAdmin=${required.stackAdmin} rt=${timestamp * 1000} src=${escaped(sourceIp)}` +
    ` suser=${escaped(actor.login)} tokenID=${escaped(token?.id)} tokenName=${escaped(token?.name)}`
  )
}

function escaped(text: string | undefined): string {
  return typeof text === 'string' ? extensionText(text) : ''
}
