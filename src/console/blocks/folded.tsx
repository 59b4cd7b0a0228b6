import { useState } from 'react'
import { countText } from './number-text.ts'

/** Characters shown at first: a browser is slow to lay out a million. */
const SHOWN = 20_000

/** A text; if it is very long, only its beginning until the reader asks for the rest. */
export function Folded({ text }: { text: string }) {
  const [isOpen, setOpen] = useState(false)
  if (isOpen || text.length <= SHOWN) return text
  return (
    <>
      {text.slice(0, SHOWN)}…{' '}
      <button type="button" className="button" onClick={() => setOpen(true)}>
        Show all {countText(text.length)} characters
      </button>
    </>
  )
}
