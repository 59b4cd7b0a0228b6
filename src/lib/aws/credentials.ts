/** Credentials for AWS: their options, and what they become. */
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { secret } from '../options.ts'
import type { Secret } from '../secret.ts'

/** For the shape of a sink's options; `refineAwsCredentials` checks their combinations. */
export const awsCredentialOptions = {
  access_key_id: secret()
    .optional()
    .describe('Access key. Default: the usual AWS chain (environment, profile, web identity, IMDS).'),
  secret_access_key: secret().optional().describe('Secret of the access key.'),
  session_token: secret().optional().describe('Session token of temporary credentials.'),
  role_arn: z
    .string()
    .regex(/^arn:[^:]+:iam::\d{12}:role\/.+$/, 'expected arn:aws:iam::<account>:role/<name>')
    .optional()
    .describe('Role to assume with those credentials.'),
  external_id: z.string().min(2).optional().describe('External id that the role requires.'),
}

export interface AwsCredentialConfig {
  /** Not secret, but rotated together with its secret: if both are in files, both are read again. */
  readonly access_key_id?: Secret | undefined
  readonly secret_access_key?: Secret | undefined
  readonly session_token?: Secret | undefined
  readonly role_arn?: string | undefined
  readonly external_id?: string | undefined
}

/** For `superRefine`. */
export function refineAwsCredentials(it: AwsCredentialConfig, context: z.RefinementCtx): void {
  const problem = (message: string, path: string[] = []) =>
    context.addIssue({ code: 'custom', path, message })
  if ((it.access_key_id === undefined) !== (it.secret_access_key === undefined))
    problem('access_key_id and secret_access_key belong together: give both or neither')
  if (it.session_token !== undefined && it.access_key_id === undefined)
    problem('needs access_key_id and secret_access_key', ['session_token'])
  if (it.external_id !== undefined && it.role_arn === undefined) problem('needs role_arn', ['external_id'])
}

type AwsCredentials = NonNullable<S3ClientConfig['credentials']>

/** What STS needs beside the options. */
interface Caller {
  /** Shown in CloudTrail. */
  readonly sessionName: string
  /** The SDK looks for one where none is given. */
  readonly region: string | undefined
  readonly requestHandler: NonNullable<S3ClientConfig['requestHandler']>
}

/** The configured credentials, or undefined: then the SDK asks the usual AWS chain. */
export function credentialsOf(config: AwsCredentialConfig, caller: Caller): AwsCredentials | undefined {
  return config.role_arn === undefined ? staticKeys(config) : assumedRole(config, config.role_arn, caller)
}

function staticKeys(config: AwsCredentialConfig): AwsCredentials | undefined {
  const { access_key_id, secret_access_key, session_token } = config
  if (access_key_id === undefined || secret_access_key === undefined) return undefined
  return async () => ({
    accessKeyId: access_key_id.reveal(),
    secretAccessKey: secret_access_key.reveal(),
    ...(session_token === undefined ? {} : { sessionToken: session_token.reveal() }),
    // The SDK would cache for ever what never expires, but a secret file is to be read for each request.
    expiration: new Date(0),
  })
}

/** Marks failures of STS, because the services use the same names for their own refusals. */
const failuresOfSts = new WeakSet<object>()

/** Whether the role could not be assumed: then the error says something about STS, not about the service. */
export function isOfSts(thrown: unknown): boolean {
  return thrown instanceof Error && failuresOfSts.has(thrown)
}

/** Temporary credentials; the SDK asks again shortly before they expire. */
function assumedRole(config: AwsCredentialConfig, roleArn: string, caller: Caller): AwsCredentials {
  return async () => {
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
    const credentials = staticKeys(config)
    const sts = new STSClient({
      maxAttempts: 1,
      requestHandler: caller.requestHandler,
      ...(caller.region === undefined ? {} : { region: caller.region }),
      ...(credentials === undefined ? {} : { credentials }),
    })
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: caller.sessionName,
      ExternalId: config.external_id,
    })
    const { Credentials: given } = await sts.send(command).catch((error: Error) => {
      failuresOfSts.add(error)
      throw error
    })
    if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined) {
      throw new Error(`STS gave no credentials for ${roleArn}`)
    }
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      ...(given.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
      ...(given.Expiration === undefined ? {} : { expiration: given.Expiration }),
    }
  }
}
