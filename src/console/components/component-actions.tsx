import { useState } from 'react'
import type { ComponentStatus } from '../../ops/status.ts'
import { ActButton } from '../blocks/act-button.tsx'
import { type Announce, useAction } from '../blocks/action.tsx'
import { Confirm } from '../blocks/confirm.tsx'
import { useHandedOnFocus } from '../blocks/handed-on-focus.ts'
import { Icon } from '../blocks/icon.tsx'
import type { Kind } from './advice.ts'
import { cardId } from './component-card.tsx'

interface Props {
  readonly kind: Kind
  readonly id: string
  readonly it: ComponentStatus
  readonly announce: Announce
}

/** Pause, resume, another try of what paused by itself and, for a sink, a test event. Only operators see them. */
export function ComponentActions({ kind, id, it, announce }: Props) {
  const [asks, setAsks] = useState(false)
  const held = it.pausedByOperator
  const verb = held ? 'resume' : 'pause'
  const work = kind === 'source' ? 'polling' : 'delivery'
  const resumed = held ? `${id} goes on with ${work}.` : `${id} is tried again now.`
  const hold = useAction<string>(announce, {
    path: (wanted) => `/api/v1/${kind}s/${encodeURIComponent(id)}/${wanted}`,
    done: (_, wanted) => ({
      tone: 'good',
      text: wanted === 'pause' ? `${id} is paused: ${work} stands still.` : resumed,
    }),
    changes: ['status'],
  })
  return (
    <>
      <ActButton
        off={hold.isPending}
        onClick={() => (kind === 'sink' && !held ? setAsks(true) : hold.mutate(verb))}
      >
        <Icon name={held ? 'play' : 'pause'} />
        {held ? 'Resume' : 'Pause'}
        <span className="visually-hidden"> {id}</span>
      </ActButton>
      {it.state === 'paused' && !held && (
        <TryButton kind={kind} id={id} off={hold.isPending} onClick={() => hold.mutate('resume')} />
      )}
      {kind === 'sink' && <TestButton id={id} announce={announce} />}
      <Confirm
        open={asks}
        title={`Pause ${id}?`}
        act={`Pause ${id}`}
        onClose={() => setAsks(false)}
        onConfirm={() => hold.mutate('pause')}
      >
        <p>
          Nothing more is delivered to {id} until somebody resumes it, over restarts too. Its events wait in
          the spool: nothing is lost, but when the spool is full, polling stops for every sink.
        </p>
      </Confirm>
    </>
  )
}

/** It is gone as soon as the component works again. */
function TryButton(props: { kind: Kind; id: string; off: boolean; onClick: () => void }) {
  const { kind, id, off, onClick } = props
  const place = useHandedOnFocus<HTMLSpanElement>(cardId(kind, id))
  return (
    <span ref={place}>
      <ActButton off={off} onClick={onClick}>
        Try now<span className="visually-hidden"> {id}</span>
      </ActButton>
    </span>
  )
}

interface TestAnswer {
  readonly ok: boolean
  readonly detail: string
  readonly cure: string
}

function TestButton({ id, announce }: { id: string; announce: Announce }) {
  const test = useAction<undefined, TestAnswer>(announce, {
    path: () => `/api/v1/sinks/${encodeURIComponent(id)}/test`,
    done: ({ ok, detail, cure }) => ({
      tone: ok ? 'good' : 'bad',
      text: (
        <>
          {ok ? `${id} took a test event` : `${id} did not take a test event`}
          {detail === '' ? '' : `: ${detail}`}
          {cure === '' ? '' : `. What to do: ${cure}`}
        </>
      ),
    }),
    changes: ['status'],
  })
  return (
    <ActButton off={test.isPending} onClick={() => test.mutate(undefined)}>
      {test.isPending ? 'Sending…' : 'Send test event'}
      <span className="visually-hidden"> to {id}</span>
    </ActButton>
  )
}
