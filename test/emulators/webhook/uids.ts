/** Reads the events of a request, in each of the sink's modes. */
import { type Path, parseJson } from '../intake/json-in-pieces.ts'
import { linesOf } from '../intake/lines.ts'

interface Envelope {
  readonly data: { readonly uid: string }
}

export function uidsOf(headers: Readonly<Record<string, string>>, body: Buffer): string[] {
  if (body.length === 0) return []
  switch (headers['content-type']) {
    case 'application/x-ndjson':
      return linesOf(body).map((line) => uidOf(JSON.parse(line)))
    case 'application/cloudevents-batch+json':
      return (jsonOf(body, []) as Envelope[]).map(({ data }) => data.uid)
    case 'application/json':
    case 'application/cloudevents+json': {
      const { data } = jsonOf(body, ['data']) as { data: unknown }
      return Array.isArray(data) ? data.map(uidOf) : [uidOf(data)]
    }
    default:
      throw new Error(`unexpected content type ${headers['content-type']}`)
  }
}

function uidOf(event: unknown): string {
  return (event as Envelope['data']).uid
}

function jsonOf(body: Buffer, list: Path): unknown {
  const value = parseJson(body, list)
  if (value === undefined) throw new Error('the body is no JSON')
  return value
}
