import { Page } from '../shell/page.tsx'

export function LoginPage() {
  return <Page title="Log in">{null}</Page>
}
