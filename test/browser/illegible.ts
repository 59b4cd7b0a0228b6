/** Finds text of a page that can't be read completely: one line per finding. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

const SCRIPT = readFileSync(new URL('illegible-in-page.mjs', import.meta.url), 'utf8')

/**
 * Checks the whole page, including what is below the window's edge, or only what `within` selects, if that may cover
 * other text. Content that scrolls in a frame of its own is checked as it is scrolled.
 */
export function illegibleText(page: Page, within = 'body'): Promise<string[]> {
  return page.evaluate<string[]>(
    `(() => { ${SCRIPT.replace("\nillegible('body')\n", '\n')}; return illegible(${JSON.stringify(within)}) })()`,
  )
}
