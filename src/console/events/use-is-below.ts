import { type RefObject, useCallback, useEffect, useState } from 'react'

/** How far the list's beginning may be scrolled above the window's edge and still count as in sight. */
const SLACK_PX = 40

/**
 * Whether the user has scrolled into the element, so that growth at its top would move the text. `look` answers for
 * this very moment: the window tells of scrolling when it is painted, and a busy one long after the place was restored.
 */
export function useIsBelow(element: RefObject<HTMLElement | null>): { below: boolean; look: () => boolean } {
  const [below, setBelow] = useState(false)
  const look = useCallback(() => {
    const top = element.current?.getBoundingClientRect().top
    const isBelow = top !== undefined && top < SLACK_PX
    setBelow(isBelow)
    return isBelow
  }, [element])
  useEffect(() => {
    look()
    window.addEventListener('scroll', look, { passive: true })
    return () => window.removeEventListener('scroll', look)
  }, [look])
  return { below, look }
}
