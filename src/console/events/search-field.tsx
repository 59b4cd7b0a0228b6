import { type RefObject, useEffect, useState } from 'react'
import { Icon } from '../blocks/icon.tsx'
import type { Change } from './use-filters.ts'

/** Milliseconds after the last key until the search begins. */
const PAUSE_MS = 350

export function SearchField(props: {
  field: RefObject<HTMLInputElement | null>
  text: string
  change: (change: Change, options?: { replace?: boolean }) => void
}) {
  const { field, text, change } = props
  const [typed, setTyped] = useState(text)
  // The back button and removing a chip may change the address.
  useEffect(() => setTyped(text), [text])
  useEffect(() => {
    if (typed.trim() === text) return
    const timer = setTimeout(() => change({ text: typed }, { replace: text !== '' }), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [typed, text, change])
  return (
    <div className="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        className="input"
        aria-label="Search the text of the events"
        aria-keyshortcuts="/"
        placeholder="Search: words that all occur"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') change({ text: typed })
          if (event.key === 'Escape') {
            // In browsers Esc empties a search field; here it leaves the field.
            event.preventDefault()
            event.currentTarget.blur()
          }
        }}
      />
      <span className="key" aria-hidden="true">
        /
      </span>
    </div>
  )
}
