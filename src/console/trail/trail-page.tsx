import { Page } from '../shell/page.tsx'

export function TrailPage() {
  return <Page title="Trail">{null}</Page>
}
