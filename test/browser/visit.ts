/** One person's browser: a context of its own, in which any hidden fault fails the test. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { PATIENCE_MS } from '../patience.ts'

export interface Visit extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** Faults so far: errors on the console, uncaught errors, failed requests, requests to other hosts. */
  readonly faults: readonly string[]
  /** Faults that the test provokes, such as the 401 for a wrong token. */
  expectFault(pattern: RegExp): void
}

export interface VisitOptions extends BrowserContextOptions {
  /** The engine's address. */
  readonly url: string
}

/** Disposing throws if there were unexpected faults. */
export async function openVisit(browser: Browser, { url, ...options }: VisitOptions): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const faults: string[] = []
  const expected: RegExp[] = []
  watch(context, new URL(url).host, (fault) => faults.push(fault))
  return {
    page: await context.newPage(),
    context,
    faults,
    expectFault: (pattern) => void expected.push(pattern),
    async [Symbol.asyncDispose]() {
      // A handler of the test may be busy with one of the page's regular requests, and would find it gone.
      await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })))
      await context.close()
      const unexpected = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)))
      if (unexpected.length > 0) throw new Error(`the page had faults:\n${unexpected.join('\n')}`)
    },
  }
}

/** Violations of the Content-Security-Policy are errors on the console. */
function watch(context: BrowserContext, host: string, tell: (fault: string) => void): void {
  context.on('console', (message) => {
    if (message.type() === 'error') tell(`console: ${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (error) => tell(`uncaught: ${error.error().message}`))
  context.on('request', (request) => {
    const target = new URL(request.url())
    if (target.host !== host && !['data:', 'blob:', 'about:'].includes(target.protocol))
      tell(`request to another host: ${request.url()}`)
  })
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // The page itself aborts requests that it no longer needs.
    if (reason !== 'net::ERR_ABORTED') tell(`failed: ${request.url()}: ${reason}`)
  })
}
