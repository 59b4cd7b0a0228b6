import { z } from 'zod'
import { isHeaderText, NO_HEADER_TEXT, secret } from '../../../src/lib/options.ts'
import { Secret } from '../../../src/lib/secret.ts'

const headerText = z.string().min(1).refine(isHeaderText, NO_HEADER_TEXT)
/** A comma would begin another field, and `=` separates name and value. */
const fieldText = headerText.regex(/^[^,=]+$/, 'may hold no comma and no =')

export const config = z.strictObject({
  endpoint: secret()
    .refine(
      (it) => isSourceUrl(it.reveal()),
      'expected the whole address of the HTTP source: https://…/receiver/v1/http/…',
    )
    .describe('Address of the HTTP source. Whoever knows it can write, so it is a secret.'),
  category: headerText.optional().describe("`_sourceCategory` of the events. Default: the source's own."),
  name: headerText.optional().describe("`_sourceName` of the events. Default: the source's own."),
  host: headerText.optional().describe("`_sourceHost` of the events. Default: the source's own."),
  fields: z
    .record(fieldText, fieldText)
    .default({})
    .describe('Fields of each event. They must exist in Manage Data, Logs, Fields.'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.output<typeof config>

/** The end of the address, which alone allows writing: servers may quote the path without the host. */
export function codeOf(endpoint: Secret): Secret {
  return new Secret(() => endpoint.reveal().split('/').filter(Boolean).at(-1) ?? '')
}

/** `https://collectors.de.sumologic.com/…`, to be shown to people. */
export function shownAddress(endpoint: Secret): string {
  return `${new URL(endpoint.reveal()).origin}/receiver/v1/http/[secret]`
}

export function metadataHeaders({ category, name, host, fields }: Config): Record<string, string> {
  const pairs = Object.entries(fields).map(([field, value]) => `${field}=${value}`)
  return {
    'content-type': 'text/plain; charset=utf-8',
    ...(category !== undefined && { 'x-sumo-category': category }),
    ...(name !== undefined && { 'x-sumo-name': name }),
    ...(host !== undefined && { 'x-sumo-host': host }),
    ...(pairs.length > 0 && { 'x-sumo-fields': pairs.join(',') }),
  }
}

function isSourceUrl(text: string): boolean {
  const url = URL.parse(text)
  return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.pathname.length > 1
}
