/**
 * Entries of the logs intake: Datadog's reserved attributes, the standard ones that its Cloud SIEM looks for, and under
 * `pulumi` the event in the sink's format, copied byte for byte.
 */
import type { BatchEvent } from '../../../src/connector.ts'
import type { LineFormat } from '../../../src/formats/format.ts'
import { parseWithoutRaw } from '../../../src/formats/native.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import type { Config } from './config.ts'

type Attributes = Pick<Config, 'service' | 'source' | 'hostname' | 'tags'>

/**
 * Datadog silently truncates longer entries ("Logs", API reference): 1 MB an entry, 5 MB and 1000 entries a request.
 */
export const LIMITS = { entry: 1_000_000, request: 5_000_000 }
export const MOST_ENTRIES = 1_000
/** "Log events can be submitted with a timestamp that is up to 18 hours in the past." */
export const OLDEST_SECONDS = 18 * 3_600

export const separator = ','

export function wrap(entries: Uint8Array): readonly Uint8Array[] {
  return [OPEN, entries, CLOSE]
}

/** Writes one entry. Formats other than JSON become a string. */
export function createWriter(
  { service, source, hostname, tags }: Attributes,
  { name: format, contentType }: Pick<LineFormat, 'name' | 'contentType'>,
): (event: BatchEvent, out: ByteWriter) => undefined {
  const reserved = JSON.stringify({ ddsource: source, service, hostname }).slice(0, -1)
  const own = Object.entries(tags).map(([name, value]) => `,${name}:${value}`)
  return (it, out) => {
    const { uid, timestamp, payload } = it
    // An event that the batch keeps would outlive the young generation.
    const event = format === 'native' ? parseWithoutRaw(payload) : it.event
    const { organization, description, actionName, severity, actor, sourceIp } = event
    out.text(reserved)
    out.ascii(',"ddtags":')
    out.json(`organization:${organization},source:${event.source}${own.join('')}`)
    out.ascii(',"message":')
    out.json(description === '' ? actionName : description)
    out.ascii(
      `,"status":"${STATUSES[severity] ?? 'info'}","timestamp":${timestamp * 1000},"event_uid":"${uid}"`,
    )
    out.ascii(',"evt":{"name":')
    out.json(event.action)
    out.ascii(',"category":')
    out.json(event.category)
    out.ascii(`,"outcome":"${event.outcome}"},"usr":{"id":`)
    out.json(actor.login)
    out.ascii(',"name":')
    out.json(actor.name)
    member(out, ',"email":', actor.email)
    out.ascii('}')
    if (sourceIp !== undefined) {
      out.ascii(',"network":{"client":{"ip":')
      out.json(sourceIp)
      out.ascii('}}')
    }
    out.ascii(',"pulumi":')
    if (contentType === 'application/json') out.bytes(payload)
    else out.jsonOf(payload)
    out.ascii('}')
  }
}

function member(out: ByteWriter, key: string, text: string | undefined): void {
  if (text === undefined) return
  out.ascii(key)
  out.json(text)
}

const STATUSES = [undefined, 'info', 'notice', 'warn', 'error']
const [OPEN, CLOSE] = [Buffer.from('['), Buffer.from(']')]
