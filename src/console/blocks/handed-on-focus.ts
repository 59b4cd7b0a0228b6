import { type RefObject, useLayoutEffect, useRef } from 'react'

/**
 * If this element disappears while it has the focus, the focus moves to the element of this id, by default the page's
 * content; otherwise keyboard users would start again from the top.
 */
export function useHandedOnFocus<Place extends HTMLElement>(to = 'main'): RefObject<Place | null> {
  const place = useRef<Place>(null)
  useLayoutEffect(() => {
    const element = place.current
    return () => {
      if (element?.contains(document.activeElement)) {
        document.getElementById(to)?.focus({ preventScroll: true })
      }
    }
  }, [to])
  return place
}
