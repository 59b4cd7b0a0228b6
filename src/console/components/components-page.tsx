import { Page } from '../shell/page.tsx'

export function ComponentsPage() {
  return <Page title="Components">{null}</Page>
}
