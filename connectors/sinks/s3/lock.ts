/** Whether the bucket locks objects. OpenStack Swift accepts the headers of Object Lock, answers 200 and locks nothing. */
import type { GetObjectLockConfigurationCommandOutput } from '@aws-sdk/client-s3'
import { awsRefusalOf } from '../../../src/lib/aws/refusal.ts'

export const RIGHT_TO_ASK = 's3:GetBucketObjectLockConfiguration'
export const CURE_OF_NO_LOCK =
  'name a bucket that was created with Object Lock, in a store that knows it, or leave out `storage.object_lock` and `storage.retain_for`'

/** Thrown instead of writing an object that anybody could delete. */
export class NoObjectLock extends Error {
  override readonly name = 'NoObjectLock'

  constructor(bucket: string) {
    super(`bucket ${bucket} locks no objects`)
  }
}

/**
 * What the answer says. Undefined if it says nothing, as without the right to ask, or from a store that does not know
 * the request: then its answer to a put must do. Throws if another attempt may find out.
 */
export async function readLock(
  answer: Promise<Pick<GetObjectLockConfigurationCommandOutput, 'ObjectLockConfiguration'>>,
): Promise<boolean | undefined> {
  try {
    return (await answer).ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled' || undefined
  } catch (error) {
    const { name, status = 0 } = awsRefusalOf(error) ?? {}
    if (name === 'ObjectLockConfigurationNotFoundError') return false
    if ((status >= 400 && status < 500) || status === 501) return undefined
    throw error
  }
}
