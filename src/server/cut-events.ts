/** Events as lists show them: long texts are cut, since a page of events of megabytes each would be gigabytes long. */
import { setImmediate as turn } from 'node:timers/promises'
import type { ArchivedEvent } from '../archive/archive.ts'
import { parseWithoutRaw } from '../formats/native.ts'
import { hasMembers } from '../lib/members.ts'

/** Events up to this length are shown whole. */
const WHOLE_BYTES = 64 * 1024
/** How much is shown of each text of a longer event, in UTF-16 units. */
const TEXT_MOST = 1_000

/** Native lines as texts, those of long events cut. */
export async function listed(events: readonly ArchivedEvent[]): Promise<string[]> {
  const lines: string[] = []
  for (const { line } of events) {
    if (line.length <= WHOLE_BYTES) {
      lines.push(decoder.decode(line))
      continue
    }
    lines.push(cut(line))
    // Reading megabytes takes a while, so others are answered in between.
    await turn()
  }
  return lines
}

/** A last member `cut` names what was cut: a text ends with an ellipsis, the record is left out. */
function cut(line: Uint8Array): string {
  const { raw: _, ...event } = parseWithoutRaw(line) as { raw?: unknown }
  const shown = Object.entries(event).map(([name, value]) => [name, shortened(value)] as const)
  const names = shown.filter(([name, value]) => value !== event[name as never]).map(([name]) => name)
  return JSON.stringify({ ...Object.fromEntries(shown), cut: [...names, 'raw'] })
}

/** The value itself if nothing in it is too long. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > TEXT_MOST ? `${beginning(value)}…` : value
  if (!hasMembers(value)) return value
  const members = Object.entries(value).map(([name, one]) => [name, shortened(one)] as const)
  const isSame = members.every(([name, one]) => one === value[name])
  return isSame ? value : Object.fromEntries(members)
}

/** Never ends in half of a surrogate pair. */
function beginning(text: string): string {
  return text.slice(0, TEXT_MOST).replace(/[\ud800-\udbff]$/, '')
}

const decoder = new TextDecoder()
