import { type RefObject, useCallback, useEffect, useState } from 'react'

/** Pixels that the top of the list may be scrolled past the window's edge and still count as visible. */
const SLACK_PX = 40

/**
 * Whether the user has scrolled into the element, so that growth at its top would move the text. `look` measures at
 * once: scroll events come only when the window is painted, and on a busy machine that is long after the place was
 * restored.
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
