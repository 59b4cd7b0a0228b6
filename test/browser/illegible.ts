/** Text of a page that can't be read whole: one line a finding. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

const SCRIPT = readFileSync(new URL('illegible-in-page.mjs', import.meta.url), 'utf8')

/**
 * Looks at the whole page, below the window's edge too, or at what `within` selects, where it may lie over other text; what
 * scrolls in a frame of its own counts where it is.
 */
export function illegibleText(page: Page, within = 'body'): Promise<string[]> {
  return page.evaluate<string[]>(
    `(() => { ${SCRIPT.replace("\nillegible('body')\n", '\n')}; return illegible(${JSON.stringify(within)}) })()`,
  )
}
