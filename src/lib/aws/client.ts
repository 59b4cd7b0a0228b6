/** What every client of the AWS SDK gets: our transport, no retries of its own, credentials, region, name. */
import type { ConnectorContext } from '../../connector.ts'
import type { HttpClient } from '../http/http.ts'
import { type AwsCredentialConfig, credentialsOf } from './credentials.ts'
import { handlerOver } from './transport.ts'

export interface AwsClientConfig extends AwsCredentialConfig {
  readonly region?: string | undefined
  /** The address of a compatible service, or a private one of AWS. */
  readonly endpoint?: string | undefined
}

/** With which credentials and over which connection requests are made. */
export type AwsCaller = Pick<ConnectorContext, 'id' | 'version' | 'connection'>

export function awsClientConfig(config: AwsClientConfig, context: AwsCaller, http: HttpClient) {
  const { region, endpoint } = config
  const requestHandler = handlerOver(http)
  const sessionName = `auditferry-${context.id}`.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64)
  const credentials = credentialsOf(config, { sessionName, region, requestHandler })
  return {
    maxAttempts: 1,
    requestHandler,
    customUserAgent: [['auditferry', context.version]] as [string, string][],
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
  }
}
