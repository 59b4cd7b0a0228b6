/**
 * An import creates nothing that has a life of its own: clients, stores, loggers and timers are created and passed on.
 */
import { expect, it } from 'vitest'
import { type File, productFiles } from './repository.ts'

/** Created at module level, but without state that anyone could share by accident. */
const STATELESS =
  /^(Map|Set|WeakMap|WeakSet|URL|RegExp|TextEncoder|TextDecoder|Uint8Array|Error|Environment|Intl\.\w+)$/

/** State that a module keeps nevertheless, and why nobody can notice. */
const WAIVERS: Readonly<Record<string, string>> = {
  'src/lib/csv/reader.ts': 'a splitter that starts afresh with every call',
  'src/formats/native-names.ts': 'remembers what it printed last: the bytes are the same either way',
  'src/console/blocks/clock.ts': 'a context of React, which is a name: what it holds is its provider’s',
  'src/sink-package/stray-errors.ts': 'a context of Node, which is a name: what it holds is its caller’s',
}

/** Top-level `const x = new Y(` or `= createY(`; anything indented is inside a function. */
const MADE_AT_IMPORT =
  /^(?:export )?(?:const|let) \w+[^=\n]*= (?:await )?(?:new ([\w.]+)|(create[A-Z]\w*))[(<]/gm
/** A module's variable: state that every importer shares. */
const MODULE_VARIABLE = /^(?:export )?(?:let|var) (\w+)/gm
const DEFAULT_EXPORT = /^export default /m

it('creates nothing on import', () => {
  // Entry points are started, not imported; the generated registry is a table; Vite requires a default export.
  const started = /^src\/main\.ts$|\.mjs$|\.gen\.ts$|\/vite\.config\.ts$/
  const files = productFiles().filter(({ path }) => !started.test(path) && !WAIVERS[path])
  expect(files.flatMap(problems)).toEqual([])
})

it.each([
  ['export const agent = new Agent({ keepAlive: true })', 'agent'],
  ['const store = createStore()', 'store'],
  ['export const log: Logger = createLogger({})', 'log'],
  ['const pool = await createPool<Client>()', 'pool'],
  ['let counter = 0', 'counter'],
  ['export default { send }', 'default'],
])('notices %s', (text, expected) => {
  expect(problems({ path: 'src/x.ts', text }).join()).toContain(expected)
})

it('leaves tables and functions alone', () => {
  const text = `const codes = new Map([[1, 'a']])
const encoder = new TextEncoder()
export function open() {
  const agent = new Agent()
  let tries = 0
}
`
  expect(problems({ path: 'src/x.ts', text })).toEqual([])
})

function problems({ path, text }: File): string[] {
  const made = [...text.matchAll(MADE_AT_IMPORT)].filter(([, made = '']) => !STATELESS.test(made))
  const found = [...made, ...text.matchAll(MODULE_VARIABLE)].map(([line]) => `${path}: ${line}`)
  return DEFAULT_EXPORT.test(text) ? [...found, `${path}: has a default export`] : found
}
