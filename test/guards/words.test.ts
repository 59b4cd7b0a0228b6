/** The repository speaks only of itself: no machine's paths, no registry's address, no key that could be real. */
import { expect, it } from 'vitest'
import { type File, repositoryFiles } from './repository.ts'

// Written in pieces, so that this file passes its own guard.
const FORBIDDEN: readonly [RegExp, string][] = [
  [new RegExp(['/wo', 'rk/'].join('')), "a machine's path"],
  [/\/(home|Users)\/[a-z]\w+\//, "a person's folder"],
  [new RegExp(['regi', 'stry\\.(npmjs|yarnpkg)'].join('')), "a registry's address"],
  [new RegExp('"resolved": "ht' + 'tp'), "a registry's address in the lock file"],
  [/\bpul-(?!0123456789abcdef)[0-9a-f]{40}\b/, 'an access token'],
  [/\bAKIA(?!.*EXAMPLE)[A-Z0-9]{16}\b/, 'an access key'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{64}/, 'a private key'],
  [new RegExp(`@ts-${'ignore'}|@ts-${'nocheck'}|biome-${'ignore'}|eslint-${'disable'}`), 'a muzzled check'],
  [new RegExp(`\\b(TO${'DO'}|FIX${'ME'}|XX${'X'})\\b`), 'an unfinished note'],
]

it('says nothing that belongs elsewhere', () => {
  // The bytes of a picture can spell anything.
  expect(repositoryFiles(/^(?!.*\.png$)/).flatMap(problems)).toEqual([])
})

it.each([
  ['cd /wo', 'rk/main', "a machine's path"],
  ['/home/', 'dana/x', "a person's folder"],
  ['https://regi', 'stry.npmjs.org/', "a registry's address"],
  ['"resolved": "ht', 'tps://x/"', 'lock file'],
  ['pul-', 'a1'.repeat(20), 'an access token'],
  ['AKIA', 'A2'.repeat(8), 'an access key'],
  ['-----BEGIN PRIVATE ', `KEY-----\n${'A'.repeat(64)}`, 'a private key'],
  ['// biome-', 'ignore lint: x', 'a muzzled check'],
  ['// TO', 'DO: later', 'an unfinished note'],
])('notices %s…', (first, rest, expected) => {
  expect(problems({ path: 'src/x.ts', text: first + rest })).toEqual([expect.stringContaining(expected)])
})

function problems({ path, text }: File): string[] {
  return FORBIDDEN.flatMap(([pattern, what]) => {
    const match = pattern.exec(text)
    return match === null ? [] : [`${path}:${text.slice(0, match.index).split('\n').length}: ${what}`]
  })
}
