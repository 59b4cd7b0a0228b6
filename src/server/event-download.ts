/** All events that match, as a file; it is written as it is read, and memory stays flat. */
import { z } from 'zod'
import type { ArchivedEvent } from '../archive/archive.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import type { LineFormat } from '../formats/format.ts'
import { FORMAT_NAMES, lineFormat } from '../formats/formats.ts'
import { parseNative } from '../formats/native.ts'
import { asked, FILTERS } from './event-filters.ts'
import { parametersOf } from './parameters.ts'
import type { Route } from './route.ts'

export function eventDownloadRoutes(engine: Pick<EngineApi, 'archives'>): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events/download',
      access: 'viewer',
      sendsFile: true,
      summary: `all events that match, newest first, as a file; ?format=ndjson|${FORMAT_NAMES.join('|')}, filters`,
      parameters: Object.keys(DOWNLOAD),
      async handle({ query: parameters, signal }) {
        const { format: wanted, ...filters } = parametersOf(DOWNLOAD, parameters)
        const { archive, query } = asked(engine, filters)
        const format = lineFormat(wanted === 'ndjson' ? 'native' : wanted)
        const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
        return {
          status: 200,
          type: format.contentType === 'application/json' ? 'application/x-ndjson' : format.contentType,
          headers: {
            'content-disposition': `attachment; filename="audit-log-${now}.${format.extension}"`,
          },
          body: fileOf(archive.read(query, signal), format),
        }
      },
    },
  ]
}

const DOWNLOAD = { ...FILTERS, format: z.enum(['ndjson', ...FORMAT_NAMES]).default('csv') }

/** Header and lines, a text for each piece of events. */
export async function* fileOf(
  pieces: AsyncIterable<readonly ArchivedEvent[]>,
  { name, header, lineEnd, encode }: LineFormat,
): AsyncGenerator<string | Uint8Array> {
  if (header !== undefined) yield header + lineEnd
  for await (const events of pieces) {
    if (events.length === 0) continue
    if (name === 'native') yield Buffer.concat(events.flatMap(({ line }) => [line, NEWLINE]))
    else yield events.map(({ line }) => encode(parseNative(line)) + lineEnd).join('')
  }
}

const NEWLINE = Buffer.from('\n')
