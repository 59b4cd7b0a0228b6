/** The rig itself: it notices faults that nobody sees, and the page's policy blocks anything of that kind. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { listen } from '../loopback.ts'
import { startChromium } from './chromium.ts'
import { illegibleText } from './illegible.ts'
import { browserForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const on = browserForAll()

it.each([
  ['an error on the console', '<script>console.error("broken row")</script>', 'console: broken row'],
  ['an uncaught error', '<script>throw new Error("no such thing")</script>', 'uncaught: no such thing'],
  ['a request to another host', '<img src="http://127.0.0.2:9/a.png">', 'request to another host'],
  ['an answer that is an error', '<img src="/missing.png">', '404'],
  [
    'a violation of the policy',
    '<meta http-equiv="content-security-policy" content="script-src \'none\'"><script>1</script>',
    'Content Security Policy',
  ],
])('notices %s', async (_, body, fault) => {
  await using server = await serve(body)
  const visit = await openVisit(on.browser, { url: server.url })
  await visit.page.goto('/', { waitUntil: 'networkidle' })
  expect(visit.faults.join('\n')).toContain(fault)
  await expect(async () => await visit[Symbol.asyncDispose]()).rejects.toThrow('the page had faults')
})

it('lets a test announce the faults that it provokes', async () => {
  await using server = await serve('<script>console.error("expected")</script>')
  await using visit = await openVisit(on.browser, { url: server.url })
  visit.expectFault(/expected/)
  await visit.page.goto('/')
  expect(visit.faults).toHaveLength(1)
})

const LONG = 'a text that is longer than its box'

it.each([
  ['overlaps', '<p>below<p style="margin-top: -2em">above', ['overlap: "below" and "above"']],
  [
    'is cut off at the side',
    `<p class="a" style="width: 5em; overflow: hidden; white-space: nowrap">${LONG}`,
    [`cut off: "${LONG}" by <p class="a">`],
  ],
  [
    'is cut off below',
    '<div style="height: 1.4em; overflow: clip">one<br>two</div>',
    ['cut off: "two" by <div class="">'],
  ],
  ['leaves the window', `<p style="margin-left: -3em">${LONG}`, [`beyond the edge: "${LONG}"`]],
  [
    'has no room in its field',
    `<input style="width: 5em" value="${LONG}">`,
    [`cut off: "${LONG}" in <input class="">`],
  ],
  ['is in order', '<p>one <b>two</b><p>three<button>four</button>', []],
  [
    'ends in an ellipsis',
    `<p style="width: 5em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap">${LONG}`,
    [],
  ],
  ['can be scrolled to', `<p style="width: 5em; overflow: auto; white-space: nowrap">${LONG}</p><p>next`, []],
  ['is not drawn', '<p>one<p style="visibility: hidden; margin-top: -2em">two', []],
])('notices whether text %s', async (_, body, findings) => {
  await using server = await serve(body)
  await using visit = await openVisit(on.browser, { url: server.url })
  await visit.page.goto('/')
  expect(await illegibleText(visit.page)).toEqual(findings)
})

it('says how to get a browser if there is none', () => {
  expect(() => startChromium('/nowhere/chromium')).toThrow('apt-get install chromium')
})

it('leaves no process behind', async () => {
  const own = await startChromium()
  await own.newPage()
  const session = await own.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const pids = processInfo.map(({ id }) => id)
  expect(pids.length).toBeGreaterThan(1)
  await own.close()
  await expect.poll(() => pids.filter(isAlive)).toEqual([])
})

/** A process that has ended but has not been waited for doesn't count. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function serve(body: string): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/' ? 200 : 404, { 'content-type': 'text/html' })
    response.end(url === '/' ? `<!doctype html><link rel="icon" href="data:,">${body}` : '')
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
