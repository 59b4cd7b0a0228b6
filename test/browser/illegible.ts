/** Text of a page that can't be read whole: one line a finding. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

const SCRIPT = readFileSync(new URL('illegible-in-page.mjs', import.meta.url), 'utf8')

/** Looks at the whole page, below the window's edge too; what scrolls in a frame of its own counts where it is. */
export function illegibleText(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    `(() => { ${SCRIPT.replace('\nillegible()\n', '\n')}; return illegible() })()`,
  )
}
