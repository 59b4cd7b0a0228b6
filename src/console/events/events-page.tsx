import { Page } from '../shell/page.tsx'

export function EventsPage() {
  return <Page title="Events">{null}</Page>
}
