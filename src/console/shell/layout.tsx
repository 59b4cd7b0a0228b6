import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { ClockOffset } from '../blocks/clock.ts'
import icon from '../icon.svg'
import { useMe } from '../session.ts'
import { EngineNotices } from './engine-notices.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { ThemeSwitch } from './theme-switch.tsx'
import { useEngine } from './use-engine.ts'
import { usePageChange } from './use-page-change.ts'
import { UserMenu } from './user-menu.tsx'

const PLACES: readonly (readonly [path: string, name: string])[] = [
  ['/', 'Events'],
  ['/components', 'Components'],
  ['/dead-letters', 'Dead letters'],
  ['/ledger', 'Ledger'],
  ['/backfills', 'Backfills'],
]

/** The frame around every page except the login. */
export function Layout({ children }: { children: ReactNode }) {
  usePageChange()
  const me = useMe()
  const engine = useEngine()
  const stranger = me.data !== undefined && me.data.user === null
  useEffect(() => {
    const next = encodeURIComponent(location.pathname + location.search)
    if (stranger) navigate(`/login?next=${next}`, { replace: true })
  }, [stranger])
  if (stranger) return null
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link className="brand" href="/">
          <img src={icon} alt="" />
          auditferry
        </Link>
        <nav className="places" aria-label="Pages">
          {PLACES.map(([path, name]) => (
            <Place key={path} path={path} name={name} />
          ))}
          {me.data?.user?.role === 'operator' && <Place path="/trail" name="Trail" />}
        </nav>
        <div className="who">
          <Shortcuts />
          <ThemeSwitch />
          <UserMenu />
        </div>
      </header>
      <EngineNotices engine={engine} />
      <main id="main" tabIndex={-1}>
        <ClockOffset value={engine?.ahead ?? 0}>{children}</ClockOffset>
      </main>
    </>
  )
}

function Place({ path, name }: { path: string; name: string }) {
  const [here] = useRoute(path)
  const [location] = useLocation()
  const isCurrent = here || (path === '/' && location.startsWith('/events/'))
  const link = useRef<HTMLAnchorElement>(null)
  // In a narrow window the links scroll sideways.
  useEffect(() => {
    if (isCurrent) link.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [isCurrent])
  return (
    <Link ref={link} href={path} aria-current={isCurrent ? 'page' : undefined}>
      {name}
    </Link>
  )
}
