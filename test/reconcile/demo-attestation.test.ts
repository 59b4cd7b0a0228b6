/** The attestation in docs/ is a real one: signed, with the digests of its events, and in today's shape. */
import { createPublicKey, hash, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { eventUid } from '../../src/event.ts'
import { addUid, digestBytes, emptyDigest } from '../../src/ledger/digest.ts'
import type { Attestation } from '../../src/reconcile/attestation.ts'
import { attestationPage } from '../../src/reconcile/attestation-page.ts'
import type { EmulatedEvent } from '../emulators/pulumi/event.ts'
import { EVENTS, past } from './demo-history.ts'
import { sampleReconciliation } from './sample-reconciliation.ts'

interface Filed {
  readonly content: Attestation
  readonly sha256: string
  readonly signature: { readonly value: string; readonly publicKey: string }
}

const page = readFileSync('docs/attestation-demo.md', 'utf8')
const filed = JSON.parse(readFileSync('docs/attestation-demo.json', 'utf8')) as Filed

function holds(content: string, signature: string, publicKey: string): boolean {
  return verify(null, Buffer.from(content), createPublicKey(publicKey), Buffer.from(signature, 'base64'))
}

it('is signed with the key that it names, as JSON and as a page', () => {
  const content = JSON.stringify(filed.content)
  const { value, publicKey } = filed.signature
  expect(filed.sha256).toBe(hash('sha256', content))
  expect(holds(content, value, publicKey)).toBe(true)
  expect(holds(content.replace('"complete":true', '"complete":false'), value, publicKey)).toBe(false)

  const [above = '', below = ''] = page.split('<!-- end of content -->\n')
  const [, digest, signature = ''] =
    /`([0-9a-f]{64})`[^`]*`([^`]+)`/.exec(below.replace(/`<!--.*?-->`/, '')) ?? []
  const [key = ''] = /-----BEGIN[\s\S]*-----END PUBLIC KEY-----/.exec(below) ?? []
  expect(digest).toBe(hash('sha256', above))
  expect(holds(above, signature, key)).toBe(true)
})

it('has the counts and digests of the events, of each day and in both ledgers', () => {
  const digests = new Map<string, { digest: ReturnType<typeof emptyDigest>; events: number }>()
  const twins = new Map<string, number>()
  for (let at = 0; at < EVENTS; at++) {
    const event = { ...past.eventAt(at), timestamp: past.timestampAt(at) }
    const identity = identityOf(event)
    const key = JSON.stringify(identity)
    const ordinal = twins.get(key) ?? 0
    twins.set(key, ordinal + 1)
    const day = new Date(event.timestamp * 1000).toISOString().slice(0, 10)
    const sum = digests.get(day) ?? { digest: emptyDigest(), events: 0 }
    addUid(sum.digest, eventUid(identity, ordinal))
    digests.set(day, { ...sum, events: sum.events + 1 })
  }
  const expected = [...digests].map(([day, { digest, events }]) => {
    const hex = Buffer.from(digestBytes(digest)).toString('hex')
    return { day, source: events, ledger: events, sourceDigest: hex, ledgerDigest: hex }
  })
  expect(filed.content.reconciliation.days).toMatchObject(expected)
  for (const { day, source, sourceDigest } of expected)
    expect(page).toContain(`| ${day} | ${source} | ${source} | ${sourceDigest} | ${sourceDigest} |`)
})

// If this fails: `npm run attestation`, and commit what it writes.
it('has the shape that is written today', () => {
  const today = sampleReconciliation({ source: 'demo', from: 0, to: 1, repair: false })
  const { reconciliation } = filed.content
  expect(Object.keys(reconciliation)).toEqual(Object.keys(today))
  expect(Object.keys(reconciliation.days[0] ?? {})).toEqual(Object.keys(today.days[0] ?? {}))
  expect(Object.keys(reconciliation.sinks.archive ?? {}).filter((key) => key !== 'found')).toEqual(
    Object.keys(today.sinks.soc ?? {}),
  )
  // The page shows the same reconciliation, made a moment before or after.
  const written = attestationPage(filed.content).filter((line) => !line.startsWith('| made at'))
  expect(page.split('\n')).toEqual(expect.arrayContaining(written))
})

function identityOf(event: EmulatedEvent) {
  return {
    organization: 'demo',
    timestamp: event.timestamp,
    action: event.event,
    login: event.user.githubLogin,
    sourceIp: event.sourceIP,
    description: event.description,
    tokenId: event.tokenID ?? '',
    tokenName: event.tokenName ?? '',
    actorName: event.actorName ?? '',
    actorUrn: event.actorUrn ?? '',
    orgAdmin: event.reqOrgAdmin ?? false,
    stackAdmin: event.reqStackAdmin ?? false,
    authFailure: event.authFailure ?? false,
  }
}
