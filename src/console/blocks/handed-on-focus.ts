import { type RefObject, useLayoutEffect, useRef } from 'react'

/** An element that disappears while it has the focus hands it on to the page's content: else the keyboard would begin at the top again. */
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
