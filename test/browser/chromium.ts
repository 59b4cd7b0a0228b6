/** Debian's Chromium without a window, driven by playwright-core, with a new profile each time. */
import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PATH = '/usr/bin/chromium'

/** The caller closes it. */
export function startChromium(path = PATH): Promise<Browser> {
  try {
    accessSync(path, constants.X_OK)
  } catch {
    throw new Error(`there is no ${path}: \`apt-get install chromium\`, or \`node test/browser/install.mjs\``)
  }
  return chromium.launch({
    executablePath: path,
    // Chromium's sandbox refuses root, which runs the tests in a container.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
  })
}
