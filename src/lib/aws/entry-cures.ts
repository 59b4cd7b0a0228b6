/** Cures for the refusals of services that take entries, beside those of the one service. */
import { AWS_EXPIRED, awsRefusalOf, cureOfRole, isAwsRegionUnfit } from './refusal.ts'

const WRONG_KEY = 'correct `access_key_id`, or the credentials that the AWS chain finds'
/** By the name of an error that several services give. */
export const CURES: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'set `access_key_id` and `secret_access_key`, or give credentials by the environment, a profile or a role',
  InvalidClientTokenId: WRONG_KEY,
  UnrecognizedClientException: WRONG_KEY,
  InvalidSignatureException:
    'correct `secret_access_key`, or the credentials that the AWS chain finds; set `region` to that of the service; set the clock of this machine (NTP)',
  SignatureDoesNotMatch: 'correct `secret_access_key`, or the credentials that the AWS chain finds',
  KMSAccessDeniedException: 'grant kms:GenerateDataKey on the key of the service',
  KMSDisabledException: 'enable the KMS key',
  KmsAccessDenied: 'grant kms:GenerateDataKey on the key of the service',
  KmsDisabled: 'enable the KMS key',
}

/** What a person can do about a request that failed; empty where nothing is known. */
export function cureOf(thrown: unknown, cures: Readonly<Record<string, string>>): string {
  if (isAwsRegionUnfit(thrown)) return 'set `region`'
  const role = cureOfRole(thrown)
  if (role !== undefined) return role
  const name = awsRefusalOf(thrown)?.name ?? (thrown instanceof Error ? thrown.name : '')
  return AWS_EXPIRED.has(name) ? 'renew the credentials' : (cures[name] ?? CURES[name] ?? '')
}
