import { type RefObject, useLayoutEffect, useRef } from 'react'

/** What goes away with the focus in it hands it on to the page's content: else the keyboard is back at the page's beginning. */
export function useHandedOnFocus<Place extends HTMLElement>(): RefObject<Place | null> {
  const place = useRef<Place>(null)
  useLayoutEffect(() => {
    const element = place.current
    return () => {
      if (element?.contains(document.activeElement)) {
        document.getElementById('main')?.focus({ preventScroll: true })
      }
    }
  }, [])
  return place
}
