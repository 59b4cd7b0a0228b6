import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { usePost } from '../session.ts'
import type { Tone } from './badge.tsx'
import { useHandedOnFocus } from './handed-on-focus.ts'
import { Icon } from './icon.tsx'
import { Notice } from './notice.tsx'

export interface Told {
  readonly tone: Tone
  readonly text: ReactNode
}

export type Tell = (told: Told | undefined) => void

/** What the last action of a page did; screen readers announce `told` when it changes. */
export function useTold(): { told: ReactNode; tell: Tell } {
  const [last, tell] = useState<Told>()
  const told = (
    <div role="status" aria-live="polite" className="told">
      {last !== undefined && <Message told={last} dismiss={() => tell(undefined)} />}
    </div>
  )
  return { told, tell }
}

function Message({ told: { tone, text }, dismiss }: { told: Told; dismiss: () => void }) {
  const place = useHandedOnFocus<HTMLDivElement>()
  return (
    <div ref={place}>
      <Notice tone={tone}>
        <span>{text}</span>
        <button
          type="button"
          className="button plain icon push"
          aria-label="Dismiss this message"
          onClick={dismiss}
        >
          <Icon name="close" />
        </button>
      </Notice>
    </div>
  )
}

export interface Action<Input, Answer> {
  readonly path: (input: Input) => string
  readonly body?: (input: Input) => unknown
  /** The message shown on success. */
  readonly done: (answer: Answer, input: Input) => Told
  /** The queries that are fetched again afterwards. */
  readonly changes?: QueryKey
}

/** A POST of the page: its outcome is shown, success or failure, and what it changed is fetched again. */
export function useAction<Input, Answer = unknown>(tell: Tell, action: Action<Input, Answer>) {
  const post = usePost()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (input: Input) => post<Answer>(action.path(input), action.body?.(input)),
    onSuccess: (answer, input) => tell(action.done(answer, input)),
    onError: (error) => tell({ tone: 'bad', text: error.message }),
    onSettled: () =>
      action.changes === undefined ? undefined : client.invalidateQueries({ queryKey: action.changes }),
  })
}
