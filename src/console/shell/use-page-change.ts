import { useEffect, useLayoutEffect, useRef } from 'react'
import { useLocation } from 'wouter'

/**
 * A newly opened page begins at its top, with the focus on its content, as after a full load. On the way back the
 * browser restores the scroll position; the focus is on the content, unless the page knows which row the user left
 * from.
 */
export function usePageChange(): void {
  const [path] = useLocation()
  const before = useRef(path)
  const isBack = useRef(false)
  const shown = useRef(location.pathname)
  useEffect(() => {
    const onBack = () => {
      // The event also comes for an anchor or other filters on the same page: then the next page is not a way back.
      isBack.current = location.pathname !== shown.current
    }
    // Capturing, so that it runs before the router does.
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
