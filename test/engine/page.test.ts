/** Records of whole seconds become events with uids, oldest first; twins remain distinct. */
import { expect, it } from 'vitest'
import { parseNative } from '../../src/formats/native.ts'
import { ByteWriter } from '../../src/lib/byte-writer.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { createNormaliser } from '../../src/normalise/normalise.ts'
import { normalisePage, writeLine } from '../../src/normalise/page.ts'

const normalise = createNormaliser({ source: 'acme', organization: 'acme inc' })
const page = (...records: ReturnType<typeof record>[]) => normalisePage(records, normalise, 1_795_384_900_000)

const a = record({ timestamp: 100, description: 'a' })
const b = record({ timestamp: 100, description: 'b' })
const old = record({ timestamp: 99, description: 'a' })

it('turns newest first into oldest first', () => {
  const events = page(b, a, old)
  expect(events.map(({ timestamp }) => timestamp)).toEqual([99, 100, 100])
  const lines = events.map((event) => {
    const line = new ByteWriter()
    writeLine(line, event)
    return parseNative(line.written())
  })
  expect(lines.map(({ description }) => description)).toEqual(['a', 'a', 'b'])
  expect(lines.map(({ uid }) => uid)).toEqual(events.map(({ uid }) => uid))
  expect(lines[0]).toMatchObject({ source: 'acme', organization: 'acme inc', observedAt: 1_795_384_900_000 })
})

it('gives identical twins of one second two uids, the same in any order and every time', () => {
  const first = page(a, b, a, a, old).map(({ uid }) => uid)
  expect(new Set(first).size).toBe(5)
  expect(
    page(a, a, a, b, old)
      .map(({ uid }) => uid)
      .sort(),
  ).toEqual([...first].sort())
})

it('counts twins within their second only', () => {
  const newer = record({ timestamp: 101, description: 'a' })
  const alone = [newer, a, old].map((one) => page(one)[0]?.uid)
  expect(page(newer, a, old).map(({ uid }) => uid)).toEqual(alone.reverse())
})

it('does not count profile data into the identity', () => {
  const renamed = {
    ...a,
    name: 'Dana',
    avatarUrl: 'https://a.example/1',
    email: 'd@e.example',
    raw: '{"x":1}',
  }
  expect(page(renamed)[0]?.uid).toBe(page(a)[0]?.uid)
})

it.each([
  'event',
  'description',
  'sourceIp',
  'login',
  'tokenId',
  'tokenName',
  'actorName',
  'actorUrn',
] as const)('tells events apart that differ in their %s alone', (field) => {
  expect(page({ ...a, [field]: 'other' })[0]?.uid).not.toBe(page(a)[0]?.uid)
})

it.each(['orgAdmin', 'stackAdmin', 'authFailure'] as const)(
  'tells events apart that differ in %s alone',
  (flag) => {
    expect(page({ ...a, [flag]: true })[0]?.uid).not.toBe(page(a)[0]?.uid)
  },
)

it('takes both spellings of an action for one', () => {
  const slug = page({ ...a, event: 'stack-created' })[0]?.uid
  expect(page({ ...a, event: 'Stack Created' })[0]?.uid).toBe(slug)
})
