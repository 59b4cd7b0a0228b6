/** What is filed can be checked without auditferry: digest and signature cover the exact bytes. */
import { createPublicKey, generateKeyPairSync, hash, verify } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Attestation, writeAttestation } from '../../src/reconcile/attestation.ts'
import { sampleReconciliation } from './sample-reconciliation.ts'

const FROM = 1_795_305_600
const query = { source: 'acme', from: FROM, to: FROM + 86_400, repair: false }
const attestation: Attestation = {
  madeAt: '2026-11-24T08:00:00.000Z',
  madeBy: 'dana@host',
  version: '0.1.0',
  runtime: 'embedded',
  reconciliation: sampleReconciliation(query),
  deadLetters: [
    { sink: 'soc', uid: 'cd'.repeat(32), time: '2026-11-22T01:00:00Z', reason: 'HTTP 400 | <b>' },
  ],
  quarantined: 2,
  listedGaps: [{ second: FROM + 5, reason: 'this one second fills a page of the source' }],
}
const { privateKey, publicKey } = generateKeyPairSync('ed25519')

it('as JSON: the digest and the signature are those of the content', () => {
  const { content, sha256, signature } = JSON.parse(writeAttestation(attestation, 'json', privateKey))
  expect(content).toEqual(attestation)
  const bytes = Buffer.from(JSON.stringify(content))
  expect(sha256).toBe(hash('sha256', bytes))
  const key = createPublicKey(signature.publicKey)
  expect(key.equals(publicKey)).toBe(true)
  expect(verify(null, bytes, key, Buffer.from(signature.value, 'base64'))).toBe(true)
  expect(verify(null, Buffer.from(`${bytes} `), key, Buffer.from(signature.value, 'base64'))).toBe(false)
  expect(JSON.parse(writeAttestation(attestation, 'json'))).not.toHaveProperty('signature')
})

it('as Markdown: they are those of everything above the end of the content', () => {
  const page = writeAttestation(attestation, 'markdown', privateKey)
  const [content = '', tail = ''] = page.split('<!-- end of content -->', 2)
  expect(page).toContain(hash('sha256', content))
  const [, signature = ''] = /signature of the same bytes: `([^`]+)`/.exec(page) ?? []
  expect(verify(null, Buffer.from(content), publicKey, Buffer.from(signature, 'base64'))).toBe(true)
  expect(tail).not.toBe('')
  expect(writeAttestation(attestation, 'markdown')).toContain('Not signed.')
})

it('says range, counts, digests, exceptions, versions, and who made it', () => {
  const page = writeAttestation(attestation, 'markdown')
  for (const part of [
    '2026-11-22T00:00:00Z',
    'Not complete',
    'dana@host',
    '0.1.0, runtime embedded',
    '| 2026-11-22 | 10 | 9 |',
    '| 2026-11-22 | 7 | 1 | 1 |',
    'hole: 1 in the source',
    'ab'.repeat(32),
    'dead letter of soc',
    'gap, listed',
    'over all time: 2',
  ]) {
    expect(page).toContain(part)
  }
})

it('lets no text of an event become markup', () => {
  const page = writeAttestation(attestation, 'markdown')
  expect(page).toContain(String.raw`HTTP 400 \| \<b\>`)
})

it.each([
  ['~~gone~~ $x$', String.raw`\~\~gone\~\~ \$x\$`],
  ['see https://evil.example/x', String.raw`see https\://evil.example/x`],
  ['see WWW.evil.example', String.raw`see WWW\.evil.example`],
])('lets %j of an event become no link or formula where Markdown knows more', (reason, written) => {
  const deadLetters = [{ sink: 'soc', uid: 'cd'.repeat(32), time: '2026-11-22T01:00:00Z', reason }]
  expect(writeAttestation({ ...attestation, deadLetters }, 'markdown')).toContain(`: ${written} |`)
})

it.each([
  ['DEL \x7f', 'DEL \ufffd'],
  ['half a pair \ud83d', 'half a pair \ufffd'],
  ['the other \udc00 half', 'the other \ufffd half'],
])('as JSON: leaves out what jq cannot read, or writes otherwise: %j', (reason, written) => {
  const deadLetters = [{ sink: 'soc', uid: 'cd'.repeat(32), time: '2026-11-22T01:00:00Z', reason }]
  const { content, sha256 } = JSON.parse(writeAttestation({ ...attestation, deadLetters }, 'json'))
  expect(content.deadLetters[0].reason).toBe(written)
  expect(sha256).toBe(hash('sha256', JSON.stringify(content)))
})
