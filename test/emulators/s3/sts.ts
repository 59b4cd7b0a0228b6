/** AssumeRole of the Security Token Service, limited to what a sink needs. */
import { hash } from 'node:crypto'
import { type S3Answer, S3Error } from './errors.ts'
import { type AccessKey, type SignedRequest, verifySignature } from './sigv4.ts'

export interface Role {
  readonly arn: string
  readonly externalId?: string
}

interface Realm {
  readonly region: string
  /** The temporary key is added to these. */
  readonly keys: Map<string, AccessKey>
  /** Milliseconds. */
  readonly now: number
}

const LIFETIME_MS = 3_600_000

/** The query protocol: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function assumeRole(
  role: Role,
  request: Omit<SignedRequest, 'payloadHash'>,
  body: Buffer,
  realm: Realm,
): S3Answer {
  verifySignature({ ...request, payloadHash: hash('sha256', body) }, { ...realm, service: 'sts' })
  const form = new URLSearchParams(body.toString())
  if (form.get('Action') !== 'AssumeRole') throw new S3Error('NotImplemented')
  if (form.get('RoleArn') !== role.arn || form.get('ExternalId') !== (role.externalId ?? null)) {
    return answer(
      403,
      `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
<Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`,
    )
  }
  const key: AccessKey = {
    id: `ASIA${realm.keys.size}`,
    secret: `temporary-${realm.keys.size}`,
    sessionToken: `session/${form.get('RoleSessionName')}`,
    expiresAt: realm.now + LIFETIME_MS,
  }
  realm.keys.set(key.id, key)
  return answer(
    200,
    `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${key.id}</AccessKeyId>\
<SecretAccessKey>${key.secret}</SecretAccessKey><SessionToken>${key.sessionToken}</SessionToken>\
<Expiration>${new Date(realm.now + LIFETIME_MS).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  )
}

function answer(status: number, body: string): S3Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body }
}
