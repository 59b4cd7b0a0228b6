import { expect, it } from 'vitest'
import { readMessage } from './message.ts'

const HEAD = '<109>1 2026-11-22T22:00:00Z host app - id'

it('reads names and values of any script, with and without a byte order mark', () => {
  const text = `${HEAD} [a@1 k="ö\\"佐\\]\\\\" l=""][b@1] \ufeff佐 [m]`
  const { data, bom, msg } = readMessage(Buffer.from(text))
  expect([...data].map(([id, pairs]) => [id, Object.fromEntries(pairs)])).toEqual([
    ['a@1', { k: 'ö"佐]\\', l: '' }],
    ['b@1', {}],
  ])
  expect({ bom, msg }).toEqual({ bom: true, msg: '佐 [m]' })
  expect(readMessage(Buffer.from(`${HEAD} -`))).toMatchObject({ bom: false, msg: '' })
})

it.each([
  ['a header of RFC 3164', '<109>Nov 22 22:00:00 host app: text'],
  ['a priority over 191', `${HEAD.replace('109', '192')} - text`],
  ['a priority with a zero in front', `${HEAD.replace('109', '013')} - text`],
  ['a time that is none', `${HEAD.replace('T22', 'T25')} - text`],
  ['a host that is not ASCII', `${HEAD.replace('host', 'höst')} - text`],
  ['no structured data', `${HEAD} text`],
  ['an element that does not end', `${HEAD} [a@1 k="v" text`],
  ['an element twice', `${HEAD} [a@1 k="v"][a@1 k="v"] text`],
  ['a bracket in a value', `${HEAD} [a@1 k="]"] text`],
  ['a name that is not ASCII', `${HEAD} [a@1 ö="v"] text`],
  ['no blank behind the structured data', `${HEAD} [a@1 k="v"]text`],
])('refuses %s', (_, text) => {
  expect(() => readMessage(Buffer.from(text))).toThrow()
})

it('refuses what is not UTF-8, wherever it stands', () => {
  for (const part of ['"ö"', 'ö.']) {
    const bytes = Buffer.from(`${HEAD} [a@1 k="ö"] ö.`)
    bytes[bytes.indexOf(part) + part.indexOf('ö')] = 0xff
    expect(() => readMessage(bytes)).toThrow()
  }
})
