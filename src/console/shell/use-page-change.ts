import { useEffect, useLayoutEffect, useRef } from 'react'
import { useLocation } from 'wouter'

/**
 * A page that one goes to begins at its top, with the focus at its content, as a loaded one would; on the way back the
 * browser restores where one was, and the focus is at the content, too, unless the page knows what one left by.
 */
export function usePageChange(): void {
  const [path] = useLocation()
  const before = useRef(path)
  const isBack = useRef(false)
  const shown = useRef(location.pathname)
  useEffect(() => {
    const onBack = () => {
      // The event also comes for an anchor or other filters of the same page: then the next page is not a way back.
      isBack.current = location.pathname !== shown.current
    }
    // Before the router hears of it.
    window.addEventListener('popstate', onBack, { capture: true })
    return () => window.removeEventListener('popstate', onBack, { capture: true })
  }, [])
  useLayoutEffect(() => {
    if (path !== before.current) {
      if (!isBack.current) window.scrollTo(0, 0)
      document.getElementById('main')?.focus({ preventScroll: true })
    }
    before.current = path
    shown.current = location.pathname
    isBack.current = false
  }, [path])
}
