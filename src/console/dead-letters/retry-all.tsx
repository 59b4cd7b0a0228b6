import { useState } from 'react'
import { type Tell, useAction } from '../blocks/action.tsx'
import { Confirm } from '../blocks/confirm.tsx'
import { plural } from '../blocks/number-text.ts'

/** Of more dead letters than are shown: to pick them page by page would take an operator the day. */
export function RetryAll({ sink, state, tell }: { sink: string; state: string; tell: Tell }) {
  const [asks, setAsks] = useState(false)
  const retry = useAction<void, { queued: number }>(tell, {
    path: () => '/api/v1/dead-letters/retry',
    body: () => ({ ...(sink === '' ? { all: true } : { sink }), ...(state !== '' && { state }) }),
    done: ({ queued }) => ({
      tone: 'good',
      text: `${plural(queued, 'dead letter')} queued to be sent again.`,
    }),
    changes: ['dead-letters'],
  })
  const those = `all${state === '' ? '' : ` ${state}`} dead letters${sink === '' ? '' : ` of ${sink}`}`
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
        onConfirm={() => retry.mutate()}
      >
        <p>Also those that are not shown here. What is refused again comes back.</p>
      </Confirm>
    </div>
  )
}
