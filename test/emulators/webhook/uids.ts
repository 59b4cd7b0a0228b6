/** Reads the events out of a request, in each of the sink's modes. */
interface Envelope {
  readonly data: { readonly uid: string }
}

export function uidsOf(headers: Readonly<Record<string, string>>, body: Buffer): string[] {
  if (body.length === 0) return []
  const text = body.toString()
  switch (headers['content-type']) {
    case 'application/x-ndjson':
      return text
        .trimEnd()
        .split('\n')
        .map((line) => uidOf(JSON.parse(line)))
    case 'application/cloudevents-batch+json':
      return (JSON.parse(text) as Envelope[]).map(({ data }) => data.uid)
    case 'application/json':
    case 'application/cloudevents+json': {
      const { data } = JSON.parse(text) as { data: unknown }
      return Array.isArray(data) ? data.map(uidOf) : [uidOf(data)]
    }
    default:
      throw new Error(`unexpected content type ${headers['content-type']}`)
  }
}

function uidOf(event: unknown): string {
  return (event as Envelope['data']).uid
}
