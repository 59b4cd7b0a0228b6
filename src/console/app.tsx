import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useState } from 'react'
import { Route, Switch } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { ApiError, isStatus } from './api.ts'
import { BackfillsPage } from './backfills/backfills-page.tsx'
import { ComponentsPage } from './components/components-page.tsx'
import { DeadLettersPage } from './dead-letters/dead-letters-page.tsx'
import { EventPage } from './events/event-page.tsx'
import { EventsPage } from './events/events-page.tsx'
import { LedgerPage } from './ledger/ledger-page.tsx'
import { LoginPage } from './login/login-page.tsx'
import { ME } from './session.ts'
import { Layout } from './shell/layout.tsx'
import { NotFound } from './shell/not-found.tsx'
import { TrailPage } from './trail/trail-page.tsx'

export function App() {
  const [client] = useState(createClient)
  return (
    <QueryClientProvider client={client}>
      <Switch>
        <Route path="/login" component={LoginPage} />
        <Route>
          <Layout>
            <Switch>
              <Route path="/" component={EventsPage} />
              <Route path="/events/:uid">{({ uid }) => <EventPage key={uid} uid={uid} />}</Route>
              <Route path="/components" component={ComponentsPage} />
              <Route path="/dead-letters" component={DeadLettersPage} />
              <Route path="/ledger" component={LedgerPage} />
              <Route path="/backfills" component={BackfillsPage} />
              <Route path="/trail" component={TrailPage} />
              <Route component={NotFound} />
            </Switch>
          </Layout>
        </Route>
      </Switch>
    </QueryClientProvider>
  )
}

function createClient(): QueryClient {
  const onError = (error: unknown) => toLogin(error, client)
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // The engine may run on this very machine: whether the browser is online says nothing.
        networkMode: 'always',
        retry: (failures, error) => failures < 2 && worthAnother(error),
        refetchOnWindowFocus: false,
        staleTime: 5_000,
      },
      mutations: { networkMode: 'always' },
    },
  })
  return client
}

function worthAnother(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500
}

/** A session that ended in the middle of something: after the login, the user returns to the same page. */
function toLogin(error: unknown, client: QueryClient): void {
  if (!isStatus(error, 401) || location.pathname === '/login') return
  navigate(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true })
  // The user is no longer logged in; otherwise the login page would lead straight back.
  client.resetQueries({ queryKey: ME.queryKey })
}
