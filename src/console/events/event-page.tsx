import { Page } from '../shell/page.tsx'

export function EventPage({ uid }: { uid: string }) {
  return <Page title="Event">{uid}</Page>
}
