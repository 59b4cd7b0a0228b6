import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { usePost } from '../session.ts'
import type { Tone } from './badge.tsx'
import { useHandedOnFocus } from './handed-on-focus.ts'
import { Icon } from './icon.tsx'
import { Notice } from './notice.tsx'

interface Announcement {
  readonly tone: Tone
  readonly text: ReactNode
}

export type Announce = (announcement: Announcement | undefined) => void

/** What the last action of a page did. Screen readers read it out when it changes. */
export function useAnnouncement(): { announcement: ReactNode; announce: Announce } {
  const [last, announce] = useState<Announcement>()
  const announcement = (
    <div role="status" aria-live="polite" className="announcement">
      {last !== undefined && <Message {...last} dismiss={() => announce(undefined)} />}
    </div>
  )
  return { announcement, announce }
}

function Message({ tone, text, dismiss }: Announcement & { readonly dismiss: () => void }) {
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

interface Action<Input, Answer> {
  readonly path: (input: Input) => string
  readonly body?: (input: Input) => unknown
  /** The message shown on success. */
  readonly done: (answer: Answer, input: Input) => Announcement
  /** The queries that are fetched again afterwards. */
  readonly changes?: QueryKey
}

/** A POST of the page: its outcome is shown, success or failure, and what it changed is fetched again. */
export function useAction<Input, Answer = unknown>(announce: Announce, action: Action<Input, Answer>) {
  const post = usePost()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (input: Input) => post<Answer>(action.path(input), action.body?.(input)),
    onSuccess: (answer, input) => announce(action.done(answer, input)),
    onError: (error) => announce({ tone: 'bad', text: error.message }),
    onSettled: () =>
      action.changes === undefined ? undefined : client.invalidateQueries({ queryKey: action.changes }),
  })
}
