/** The archives that a replay may take events from: those that keep everything exactly as it was spooled. */
import type { Archive, ArchivedEvent } from '../archive/archive.ts'
import type { SinkConfig } from '../config/config.ts'
import type { Sink } from '../connector.ts'
import { messageOf } from '../errors.ts'
import { parseNative } from '../formats/native.ts'

export interface KeptArchive {
  /** The id of its sink. */
  readonly id: string
  readonly archive: Pick<Archive, 'read' | 'find'>
}

/** `sinkOf`: the open sink of a configuration, if there is one. */
export function keptArchives(
  sinks: Readonly<Record<string, SinkConfig>>,
  source: string,
  sinkOf: (config: SinkConfig) => Pick<Sink, 'archive'> | undefined,
): KeptArchive[] {
  const takers = Object.values(sinks).filter(
    (it) => it.enabled && it.sources.includes(source) && keepsAllAsItWas(it),
  )
  return takers.flatMap((config) => {
    const archive = sinkOf(config)?.archive
    return archive === undefined ? [] : [{ id: config.id, archive }]
  })
}

/** With a rule it would hold less than what was spooled, or something else. */
function keepsAllAsItWas({ format, where, enrich, sample, dedupeWindowMs, redact }: SinkConfig): boolean {
  const rules = [where, enrich, sample, dedupeWindowMs]
  return format === 'native' && redact.length === 0 && rules.every((rule) => rule === undefined)
}

/** Reports what can't be read once, and treats it as missing, so that the source is asked for it. */
export interface ArchiveReading {
  /** Newest first, in groups of `span` seconds that begin with `at`; each holds all its events. */
  groups(id: string, span: number, from: number, before: number): AsyncGenerator<EventGroup>
  find(uid: string): Promise<ArchivedEvent | undefined>
  /** Why an archive could not be read, by archive. */
  readonly unread: Map<string, string>
}

export interface EventGroup {
  /** Unix seconds, a multiple of the span. */
  readonly at: number
  readonly events: readonly ArchivedEvent[]
}

export function readArchives(
  archives: readonly KeptArchive[],
  source: string,
  signal: AbortSignal,
): ArchiveReading {
  const unread = new Map<string, string>()
  const give = (id: string, error: unknown) => {
    signal.throwIfAborted()
    unread.set(id, messageOf(error))
  }

  async function* groups(id: string, span: number, from: number, before: number) {
    const archive = archives.find((it) => it.id === id)?.archive
    if (archive === undefined) return
    let group: { at: number; events: ArchivedEvent[] } | undefined
    try {
      for await (const piece of archive.read({ source, from, to: before }, signal)) {
        for (const event of piece) {
          const at = Math.floor(event.timestamp / span) * span
          if (group !== undefined && group.at !== at) yield group
          if (group?.at !== at) group = { at, events: [] }
          group.events.push(event)
        }
      }
    } catch (error) {
      give(id, error)
      // The last group may not have been read completely.
      return
    }
    if (group !== undefined) yield group
  }

  return {
    groups,
    unread,
    async find(uid) {
      for (const { id, archive } of archives) {
        if (unread.has(id)) continue
        try {
          const found = await archive.find(uid, signal)
          if (found !== undefined && parseNative(found.line).source === source) return found
        } catch (error) {
          give(id, error)
        }
      }
      return undefined
    },
  }
}
