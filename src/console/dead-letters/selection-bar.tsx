import { useState } from 'react'
import type { DeadLetterJson } from '../../engine/dead-letter-json.ts'
import { ActButton } from '../blocks/act-button.tsx'
import { type Announce, useAction } from '../blocks/action.tsx'
import { Confirm } from '../blocks/confirm.tsx'
import { useHandedOnFocus } from '../blocks/handed-on-focus.ts'
import { plural } from '../blocks/number-text.ts'
import { isAll, type Selection, toggleAll } from './selection.ts'
import { useRetry } from './use-retry.ts'

/** What an operator can do with the selected dead letters. */
export function SelectionBar(props: {
  letters: readonly DeadLetterJson[]
  selection: Selection
  pick: (selection: Selection) => void
  announce: Announce
}) {
  const { letters, selection, pick, announce } = props
  const [asks, setAsks] = useState(false)
  const bar = useHandedOnFocus<HTMLDivElement>()
  const ids = letters.map(({ id }) => id)
  const retry = useRetry(announce)
  const drop = useAction<readonly string[], { dropped: number }>(announce, {
    path: () => '/api/v1/dead-letters/drop',
    body: (wanted) => ({ ids: wanted }),
    done: ({ dropped }) => ({ tone: 'good', text: `${plural(dropped, 'dead letter')} dropped.` }),
    changes: ['dead-letters'],
  })
  const none = selection.size === 0
  const many = plural(selection.size, 'dead letter')
  return (
    <div
      ref={bar}
      className="row selection"
      role="toolbar"
      aria-label="What to do with the dead letters picked"
    >
      <button type="button" className="button" onClick={() => pick(toggleAll(selection, ids))}>
        {isAll(selection, ids) ? 'Pick none' : `Pick all ${ids.length} shown`}
      </button>
      <span className="small soft" aria-live="polite">
        {none ? 'None picked' : `${many} picked`}
      </span>
      <ActButton
        className="button main push"
        off={none || retry.isPending}
        onClick={() => retry.mutate({ ids: [...selection] })}
      >
        Retry
      </ActButton>
      <ActButton className="button danger" off={none || drop.isPending} onClick={() => setAsks(true)}>
        Drop…
      </ActButton>
      <Confirm
        open={asks}
        danger
        title={`Drop ${many}?`}
        act={`Drop ${many}`}
        onClose={() => setAsks(false)}
        onConfirm={() => drop.mutate([...selection])}
      >
        <p>
          {selection.size === 1
            ? 'This event will never reach its sink.'
            : 'These events will never reach their sink.'}{' '}
          It can’t be undone: export {selection.size === 1 ? 'it first if it' : 'them first if they'} may be
          wanted.
        </p>
      </Confirm>
    </div>
  )
}
