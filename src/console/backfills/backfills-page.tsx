import { Page } from '../shell/page.tsx'

export function BackfillsPage() {
  return <Page title="Backfills">{null}</Page>
}
