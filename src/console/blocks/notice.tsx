import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isStatus } from '../api.ts'
import type { Tone } from './badge.tsx'

/** A line that people should read: an error, a warning, a success. */
export function Notice(props: { tone: Tone; className?: string; children: ReactNode }) {
  const { tone, className = '', children } = props
  return <div className={`notice ${tone} ${className}`}>{children}</div>
}

/** What went wrong, and a way to try again; announced to screen readers at once. */
export function ErrorNotice({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const engine = useQueryClient().getQueryData<{ isThere: boolean }>(['healthz'])
  // Then the line above the page says so, and that it goes on by itself.
  if (isStatus(error, 0) && engine?.isThere === false) return null
  return (
    <div role="alert">
      <Notice tone="bad">
        <span>{error instanceof Error ? error.message : String(error)}</span>
        {retry !== undefined && (
          <button type="button" className="button push" onClick={retry}>
            Try again
          </button>
        )}
      </Notice>
    </div>
  )
}
