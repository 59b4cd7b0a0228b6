/** The page that an auditor files: what a reconciliation found, with its digest and, on demand, a signature. Pure. */
import { createPublicKey, hash, type KeyObject, sign } from 'node:crypto'
import { attestationPage } from './attestation-page.ts'
import type { Reconciliation } from './result.ts'

export interface Attestation {
  readonly madeAt: string
  readonly madeBy: string
  readonly version: string
  readonly runtime: string
  readonly reconciliation: Reconciliation
  /** Of the range's events. */
  readonly deadLetters: readonly AttestedLetter[]
  /** Records of the source that could not be understood, over all time. */
  readonly quarantined: number
  /** Seconds of the range that are listed as not proven complete. */
  readonly listedGaps: readonly { readonly second: number; readonly reason: string }[]
}

interface AttestedLetter {
  readonly sink: string
  readonly uid: string
  readonly time: string
  readonly reason: string
}

export type AttestationForm = 'json' | 'markdown'

/** The last line of a page's content. */
const END = '<!-- end of content -->'

/** `key`: a private Ed25519 key. */
export function writeAttestation(it: Attestation, form: AttestationForm, key?: KeyObject): string {
  const content = form === 'json' ? JSON.stringify(it, sameForJq) : `${attestationPage(it).join('\n')}\n`
  const sha256 = hash('sha256', content)
  const signature =
    key === undefined
      ? undefined
      : {
          algorithm: 'Ed25519',
          value: sign(null, Buffer.from(content), key).toString('base64'),
          publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
        }
  if (form === 'json') {
    return `${JSON.stringify({ content: it, sha256, ...(signature && { signature }) }, sameForJq, 2)}\n`
  }
  const signed =
    signature === undefined
      ? ['', 'Not signed.']
      : [
          '',
          `Ed25519 signature of the same bytes: \`${signature.value}\``,
          '',
          '```',
          signature.publicKey.trim(),
          '```',
        ]
  return `${[`${content}${END}`, '', `SHA-256 of everything above the line \`${END}\`: \`${sha256}\``, ...signed].join('\n')}\n`
}

/**
 * The digest is checked with `jq`, which reads no half of a surrogate pair and writes DEL as an escape: a text of an event
 * that holds one would make the whole report look tampered with.
 */
function sameForJq(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\x7f', '\ufffd') : value
}
