/** A private CA with a server certificate for 127.0.0.1 and a client certificate, all PEM, newly created. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'

export interface KeyPair {
  readonly key: string
  readonly cert: string
}

export interface Certificates {
  readonly ca: KeyPair
  readonly server: KeyPair
  readonly client: KeyPair
}

/** `above` is the authority that signed this one. */
export async function createCertificates(name = 'Test CA', above?: KeyPair): Promise<Certificates> {
  const ca = await issue(
    name,
    [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
    above,
  )
  const server = await issue(
    'localhost',
    [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
    ca,
  )
  const client = await issue(
    'auditferry',
    [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', clientAuth: true },
    ],
    ca,
  )
  return { ca, server, client }
}

/**
 * Written to files: `ca.pem`, `client.pem` and `client.key`; and `other.pem` and `other.key`, a client of another CA.
 */
export async function writeCertificates(folder: string): Promise<Certificates> {
  const certificates = await createCertificates()
  const other = await createCertificates()
  const files = {
    'ca.pem': certificates.ca.cert,
    'client.pem': certificates.client.cert,
    'client.key': certificates.client.key,
    'other.pem': other.client.cert,
    'other.key': other.client.key,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return certificates
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>

async function issue(name: string, extensions: Extensions, ca?: KeyPair): Promise<KeyPair> {
  const pem = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions,
    ...(ca && { ca }),
  })
  return { key: pem.private, cert: pem.cert }
}
