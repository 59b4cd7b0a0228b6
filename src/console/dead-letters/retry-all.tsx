import { useState } from 'react'
import type { Announce } from '../blocks/action.tsx'
import { Confirm } from '../blocks/confirm.tsx'
import { useRetry } from './use-retry.ts'

/** For more dead letters than are shown: picking them page by page would take an operator all day. */
export function RetryAll({ sink, state, announce }: { sink: string; state: string; announce: Announce }) {
  const [asks, setAsks] = useState(false)
  const retry = useRetry(announce)
  const those = `all${state === '' ? '' : ` ${state}`} dead letters${sink === '' ? '' : ` of ${sink}`}`
  const wanted = { ...(sink === '' ? { all: true as const } : { sink }), ...(state !== '' && { state }) }
  return (
    <div className="row">
      <span className="small soft">There are more than these.</span>
      <button type="button" className="button" onClick={() => setAsks(true)}>
        Retry {those}…
      </button>
      <Confirm
        open={asks}
        title={`Retry ${those}?`}
        act="Retry all"
        onClose={() => setAsks(false)}
        onConfirm={() => retry.mutate(wanted)}
      >
        <p>Also those that are not shown here. What is refused again comes back.</p>
      </Confirm>
    </div>
  )
}
