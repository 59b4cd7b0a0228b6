/** A plain-text export that ends with the connection, as in HTTP/1.0: only its last line shows whether it was cut. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { NOW, readAll, sourceFor } from './fixtures/rig.ts'

const NINE =
  'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure'
const THIRTEEN = `${NINE},TokenID,TokenName,ActorName,ActorUrn`
const at = (second: number) => new Date(second * 1000).toISOString().replace('.000', '')
const row = (second: number, more = '') =>
  `${at(second)},Dana O,dana,Stack Created,at ${second},,false,false,false${more}`
const nine = [NINE, row(NOW - 1), row(NOW - 2)].join('\n')
const thirteen = [THIRTEEN, row(NOW - 1, ',,,,'), row(NOW - 2, ',,,ci,urn:pulumi:ci')].join('\n')

/** Gives each answer in turn, then the last one for ever. */
async function exporting(
  answers: readonly string[],
  more = '',
): Promise<{ url: string; asked: () => number }> {
  let asked = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      const body = answers[Math.min(asked++, answers.length - 1)]
      socket.end(`HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n${more}\r\n${body}`)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

async function read({ url, asked }: Awaited<ReturnType<typeof exporting>>) {
  const { records, thrown } = await readAll(sourceFor({ url, token: 'pul-x', options: { api: 'v1' } }))
  return { seconds: records.map((it) => 'timestamp' in it && it.timestamp), thrown, asked: asked() }
}

it.each([
  ['a row', nine, nine.slice(0, -20)],
  ['a quoted cell', `${nine}\n`, `${nine}\n${at(NOW - 3)},"Dana`],
  ['the last word of a row', nine, nine.slice(0, -1)],
  ['the last of thirteen columns', thirteen, thirteen.slice(0, -2)],
])('that is cut in %s counts as broken off: no record is made of it', async (_, whole, cut) => {
  const { seconds, thrown } = await read(await exporting([cut, whole]))
  expect(seconds.filter((it) => it === NOW - 2 || it === false)).toEqual(
    cut.startsWith(whole) ? [NOW - 2] : [],
  )
  expect(thrown).toMatchObject({
    fault: 'transient',
    message: expect.stringMatching(/broke off inside a row/),
  })
})

it('whose last line never ends is read, and requested again only if it may be cut', async () => {
  const seconds = [NOW - 1, NOW - 2]
  expect(await read(await exporting([nine]))).toEqual({ seconds, thrown: undefined, asked: 1 })
  expect(await read(await exporting([thirteen]))).toEqual({ seconds, thrown: undefined, asked: 2 })
  const bad = `${nine}\nno row`
  expect(await read(await exporting([bad]))).toEqual({
    seconds: [...seconds, false],
    thrown: undefined,
    asked: 2,
  })
})

it('costs an idle source one request per poll once its last line was verified', async () => {
  const { url, asked } = await exporting([thirteen])
  const source = sourceFor({ url, token: 'pul-x', options: { api: 'v1' } })
  for (const requests of [2, 3, 4]) {
    expect((await readAll(source)).records).toHaveLength(2)
    expect(asked()).toBe(requests)
  }
})

it('that declares its length is complete', async () => {
  const length = `Content-Length: ${Buffer.byteLength(thirteen)}\r\n`
  const seconds = [NOW - 1, NOW - 2]
  expect(await read(await exporting([thirteen], length))).toEqual({ seconds, thrown: undefined, asked: 1 })
})
