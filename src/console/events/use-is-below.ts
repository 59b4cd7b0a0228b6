import { type RefObject, useEffect, useState } from 'react'

/** How far the list's beginning may be scrolled above the window's edge and still count as in sight. */
const SLACK_PX = 40

/** Whether one has scrolled into the element, so that growing at its beginning would move what one reads. */
export function useIsBelow(element: RefObject<HTMLElement | null>): boolean {
  const [below, setBelow] = useState(false)
  useEffect(() => {
    const look = () => {
      const top = element.current?.getBoundingClientRect().top
      setBelow(top !== undefined && top < SLACK_PX)
    }
    look()
    window.addEventListener('scroll', look, { passive: true })
    return () => window.removeEventListener('scroll', look)
  }, [element])
  return below
}
