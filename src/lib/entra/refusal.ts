/** Entra's refusals (AADSTS codes, "Microsoft Entra authentication and authorization error codes"): a person must act. */
import { messageOf } from '../../errors.ts'
import type { Outcome } from '../../outcome.ts'
import { outcomeOfFailure } from '../http/outcome.ts'
import { masked, maskedOutcome } from '../http/poster.ts'
import { TokenDelayedError } from '../oauth/access-token.ts'
import type { Secret } from '../secret.ts'

/** Neither a failure to reach Entra nor an outage of its own, both of which pass. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof TokenDelayedError) return false
  const { name } = error as Error
  if (name === 'CredentialUnavailableError') return true
  return /AADSTS(?!90033|50196)\d+|invalid_client|unauthorized_client/.test(messageOf(error))
}

export function cureOfRefusal(error: unknown): string {
  const message = messageOf(error)
  if (/AADSTS7000215|AADSTS7000222|invalid_client/.test(message)) {
    return 'check `auth.client_secret` (its value, not its id), and that it has not expired'
  }
  if (/AADSTS900(02|23)/.test(message)) return 'check `auth.tenant_id` and `cloud`'
  if (/AADSTS700016/.test(message)) return 'check `auth.client_id` and `auth.tenant_id`'
  if (/endpoints_resolution_error/.test(message)) {
    return 'check `auth.tenant_id`, `cloud` and `proxy`: what answers is not Entra, or knows no such tenant'
  }
  return 'check `auth`: the identity gets no token'
}

/** For a request that got no answer, or no token to be sent with. */
export function outcomeWithoutAnswer(error: unknown, secrets: readonly Secret[]): Outcome {
  if (!isRefusal(error)) return maskedOutcome(outcomeOfFailure(error), secrets)
  const reason = masked(messageOf(error), secrets).split(/\r?\n|(?:\.| -)? Trace ID:/)[0] ?? ''
  return { kind: 'pause', reason: `${reason}: ${cureOfRefusal(error)}` }
}
