import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { deadLetterRoutes } from '../../src/server/dead-letters.ts'
import { createFakeEngine, letter } from './fake-engine.ts'
import { requestOf } from './route-request.ts'

async function exported(query: string, count: number) {
  const engine = createFakeEngine()
  const asked: number[] = []
  const { deadLetters } = engine
  engine.deadLetters = async (wanted) => {
    const found = await deadLetters(wanted)
    asked.push(found.length)
    return found
  }
  const soc = Array.from({ length: count }, (_, at) => letter(`${at}`.padStart(5, '0'), 'soc'))
  engine.letters = [...soc, letter('zz', 'hook')]
  const route = deadLetterRoutes(engine).find(({ path }) => path.endsWith('/export'))
  const reply = await route?.handle(requestOf({ query: new URLSearchParams(query) }))
  const lines = (await text(reply?.body as AsyncIterable<string>)).split('\n')
  expect(lines.pop()).toBe('')
  return { asked, ids: lines.map((line) => (JSON.parse(line) as { id: string }).id), type: reply?.type }
}

test('exports all of a sink, a page at a time', async () => {
  const { ids, asked, type } = await exported('sink=soc', 1_200)
  expect([ids.length, new Set(ids).size, ids[0], ids.at(-1)]).toEqual([1_200, 1_200, '00000', '01199'])
  expect([asked, type]).toEqual([[500, 500, 200], 'application/x-ndjson'])
})

test('exports those of every sink, or nothing', async () => {
  expect((await exported('', 1)).ids).toEqual(['00000', 'zz'])
  expect((await exported('sink=soc', 0)).ids).toEqual([])
})

test('fails where one cannot be decrypted: what is dropped after an export must be in it', async () => {
  const engine = createFakeEngine()
  engine.letters = [letter('a', 'soc'), { ...letter('b', 'soc'), event: 'afE1:xyz', unreadable: 'no key' }]
  const [list, lines] = ['/dead-letters', '/export'].map((end) =>
    deadLetterRoutes(engine).find(({ path }) => path.endsWith(end)),
  )
  await expect(lines?.handle(requestOf({}))).rejects.toThrow('no key')
  const listed = await list?.handle(requestOf({}))
  expect(JSON.parse(String(listed?.body))).toMatchObject({
    deadLetters: [{ id: 'a' }, { id: 'b', event: null, answer: '', unreadable: 'no key' }],
  })
})

test('refuses what it does not know', async () => {
  await expect(exported('limit=3', 1)).rejects.toMatchObject({ status: 400 })
})
