import { describe, expect, it } from 'vitest'
import { type Path, parseJson } from './json-in-pieces.ts'

const long = (at: number) => ({
  id: at,
  text: `"},{"id":[${'ö佐"\\\n'.repeat(40)}`,
  list: [{ n: 1 }, { n: 2 }],
})
const elements = Array.from({ length: 300 }, (_, at) => long(at))
const values = (count: number) =>
  Array.from({ length: count }, (_, at) => [`${at}`, `],["${'x'.repeat(300)}`, { uid: 'a' }])

/** Elements and texts also contain what separates the elements. */
const bodies: readonly (readonly [name: string, value: unknown, paths: readonly Path[]])[] = [
  ['a list', elements, [[]]],
  [
    'a list with others like it in its elements',
    elements.map((it) => ({ id: 1, list: [{ id: 1 }, { id: 2 }], it })),
    [[]],
  ],
  ['a list of one', [{ id: 1, text: 'x'.repeat(99_999) }], [[]]],
  ['a list of texts', elements.map(({ text }) => text), [[]]],
  [
    'a list whose elements begin differently',
    elements.map((it, at) => (at % 2 ? it : { other: 1, ...it })),
    [[]],
  ],
  ['an empty list', [], [[]]],
  ['a list in a member', { type: 'batch', data: elements, after: [1, { id: 3 }] }, [['data']]],
  ['a list elsewhere', { other: { data: elements }, data: [{ id: 1 }] }, [['data']]],
  ['a list deep within', { a: [{ b: [{ c: elements, d: 1 }] }] }, [['a', 0, 'b', 0, 'c']]],
  [
    'lists in a list',
    { streams: [3, 200, 1, 150].map((n) => ({ stream: { n: '1' }, values: values(n) })) },
    [['streams'], ['values']],
  ],
  ['one list in a list', { streams: [{ stream: {}, values: values(300) }] }, [['streams'], ['values']]],
  ['a text', 'x'.repeat(99_999), [['data']]],
]

it.each(bodies)('reads %s as JSON.parse does', (_, value, paths) => {
  expect(parseJson(Buffer.from(JSON.stringify(value)), ...paths)).toEqual(value)
  expect(parseJson(Buffer.from(JSON.stringify(value, undefined, 2)), ...paths)).toEqual(value)
})

describe('what is no JSON', () => {
  const text = JSON.stringify({ x: 'y', data: elements })
  const middle = text.indexOf('},{"id":150')
  it.each([
    ['cut off', text.slice(0, -1)],
    ['with something behind', `${text}]`],
    ['without a comma', text.replace('},{"id":150', '}{"id":150')],
    ['with a comma too many', text.replace('},{"id":150', '},,{"id":150')],
    ['with a comma at the end', text.replace(/\]\}$/, ',]}')],
    ['with a broken element', `${text.slice(0, middle)}x${text.slice(middle)}`],
    ['with the list in a text', text.replace('"y","data":[', '"y\\",\\"data\\":[')],
    ['with a list that is closed by an object', text.replace(/\]\}$/, '}}')],
  ])('is refused %s', (_, broken) => {
    expect(() => JSON.parse(broken)).toThrow()
    expect(parseJson(Buffer.from(broken), ['data'])).toBeUndefined()
  })

  it('is refused when it is no UTF-8', () => {
    const body = Buffer.from(text)
    body[body.indexOf('ö')] = 0xff
    expect(parseJson(body, ['data'])).toBeUndefined()
  })
})
