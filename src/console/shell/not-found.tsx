import { Link } from 'wouter'
import { EmptyState } from '../blocks/empty-state.tsx'
import { Page } from './page.tsx'

export function NotFound() {
  return (
    <Page title="No such page">
      <EmptyState title="There is nothing at this address">
        <Link href="/">Back to the events</Link>
      </EmptyState>
    </Page>
  )
}
