import { Link } from 'wouter'
import type { ComponentStatus, Status } from '../../ops/status.ts'
import { Notice } from '../blocks/notice.tsx'
import { plural } from '../blocks/number-text.ts'
import { isHindered } from '../components/hindered.ts'
import { useStatus } from '../status.ts'

const LOOK_EVERY_MS = 10_000
/** The most sources that are named. */
const SHOWN = 2

/**
 * Why the newest event in the list may not be the newest there is: otherwise a log that is stuck looks like a quiet
 * one.
 */
export function HeldBack({ archive }: { archive: string }) {
  const { data } = useStatus(LOOK_EVERY_MS)
  const those = data === undefined ? [] : heldBack(data, archive)
  return (
    <div role="status" className="announcement">
      {those.length > 0 && (
        <Notice tone="warn">
          <span className="wrap">
            New events may be missing here: {those.slice(0, SHOWN).join('; ')}
            {those.length > SHOWN && `; and ${plural(those.length - SHOWN, 'more source')}`}
          </span>
          <Link className="button push" href="/components">
            Components
          </Link>
        </Notice>
      )}
    </div>
  )
}

function heldBack({ sources, sinks }: Status, archive: string): string[] {
  const sink = sinks[archive]
  const all = [
    ...(sink === undefined ? [] : [['archive', archive, sink] as const]),
    ...Object.entries(sources).map(([id, it]) => ['source', id, it] as const),
  ]
  return all.filter(([, , it]) => isHindered(it)).map(([kind, id, it]) => `${kind} ${id} is ${words(it)}`)
}

function words({ state, reason }: ComponentStatus): string {
  if (reason === '') return state
  // Of what an operator paused, the reason is `paused by dana at …`.
  return reason.startsWith(`${state} `) ? reason : `${state} (${reason})`
}
