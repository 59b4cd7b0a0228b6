import { useState } from 'react'
import type { ComponentState, ComponentStatus, Status } from '../../ops/status.ts'
import { StateBadge } from '../blocks/badge.tsx'
import { useHandedOnFocus } from '../blocks/handed-on-focus.ts'
import { countText } from '../blocks/number-text.ts'
import type { Kind } from './advice.ts'
import { cardId } from './component-card.tsx'
import { isHindered } from './hindered.ts'

/** Shown at first: more would push the cards out of sight. */
const SHOWN = 12

/** Links to the cards of components that don't work as they should. Shows nothing if all do. */
export function Trouble({ status }: { status: Status }) {
  const [all, setAll] = useState(false)
  const those = [...troubled('source', status.sources), ...troubled('sink', status.sinks)]
  const shown = all ? those : those.slice(0, SHOWN)
  if (those.length === 0) return null
  return (
    <section className="row trouble" aria-label="What needs a look">
      <span className="small soft">Needs a look:</span>
      {shown.map(({ kind, id, state }) => (
        <ToCard key={cardId(kind, id)} card={cardId(kind, id)} id={id} state={state} />
      ))}
      {those.length > SHOWN && (
        <button type="button" className="button plain" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `and ${countText(those.length - SHOWN)} more`}
        </button>
      )}
    </section>
  )
}

function ToCard({ card, id, state }: { card: string; id: string; state: ComponentState }) {
  const place = useHandedOnFocus<HTMLButtonElement>(card)
  return (
    <button ref={place} type="button" className="button" onClick={() => goTo(card)}>
      <span className="cut">{id}</span> <StateBadge state={state} />
    </button>
  )
}

function troubled(kind: Kind, all: Readonly<Record<string, ComponentStatus>>) {
  return Object.entries(all)
    .filter(([, it]) => isHindered(it))
    .map(([id, { state }]) => ({ kind, id, state }))
}

function goTo(heading: string): void {
  const element = document.getElementById(heading)
  element?.scrollIntoView({ block: 'center' })
  element?.focus({ preventScroll: true })
}
