import { useEffect, useRef } from 'react'

/** What each key does, by `KeyboardEvent.key`. Returning false leaves the key to the page. */
type Keys = Readonly<Record<string, (event: KeyboardEvent) => unknown>>

/** Keys for the whole page; not while the user types, with a modifier, or under an open dialog. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys)
  current.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const act = Object.hasOwn(current.current, event.key) ? current.current[event.key] : undefined
      if (act === undefined || event.defaultPrevented || isElsewhere(event)) return
      if (act(event) !== false) event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function isElsewhere(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true
  const at = event.target instanceof Element ? event.target : null
  return at?.closest('input, textarea, select, dialog, [role="menu"]') != null
}
