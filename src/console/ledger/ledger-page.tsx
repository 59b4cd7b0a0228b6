import { Page } from '../shell/page.tsx'

export function LedgerPage() {
  return <Page title="Ledger">{null}</Page>
}
