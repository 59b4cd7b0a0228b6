/** What axe-core finds on a page: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** One line per finding. The script is injected through the debugger, which the page's policy does not bind. */
export async function axeFindings(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const run = async (expression: string) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      allowUnsafeEvalBlockedByCSP: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }
  await run(`${axe.source};0`)
  const violations = await run('axe.run(document).then(({ violations }) => violations)')
  await session.detach()
  return (violations as axe.Result[]).flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.any[0]?.message ?? ''}`),
  )
}
