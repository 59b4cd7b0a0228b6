import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { S3Config } from './config.ts'

type Credentials = NonNullable<S3ClientConfig['credentials']>

/** What STS needs beside the options. */
interface Caller {
  /** Shown in CloudTrail. */
  readonly sessionName: string
  /** The SDK looks for one where none is given. */
  readonly region: string | undefined
  readonly requestHandler: NonNullable<S3ClientConfig['requestHandler']>
}

/** The configured credentials, or undefined: then the SDK asks the usual AWS chain. */
export function credentialsOf(config: S3Config, caller: Caller): Credentials | undefined {
  return config.role_arn === undefined ? staticKeys(config) : assumedRole(config, config.role_arn, caller)
}

function staticKeys(config: S3Config): Credentials | undefined {
  const { access_key_id, secret_access_key, session_token } = config
  if (access_key_id === undefined || secret_access_key === undefined) return undefined
  return async () => ({
    accessKeyId: access_key_id,
    secretAccessKey: secret_access_key.reveal(),
    ...(session_token === undefined ? {} : { sessionToken: session_token.reveal() }),
  })
}

/** Temporary credentials; the SDK asks again shortly before they expire. */
function assumedRole(config: S3Config, roleArn: string, caller: Caller): Credentials {
  return async () => {
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
    const credentials = staticKeys(config)
    const sts = new STSClient({
      maxAttempts: 1,
      requestHandler: caller.requestHandler,
      ...(caller.region === undefined ? {} : { region: caller.region }),
      ...(credentials === undefined ? {} : { credentials }),
    })
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: caller.sessionName,
        ExternalId: config.external_id,
      }),
    )
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
