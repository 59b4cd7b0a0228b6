/** Whether the bucket locks objects. OpenStack Swift takes the headers of Object Lock, answers 200 and locks nothing. */
import type { GetObjectLockConfigurationCommandOutput } from '@aws-sdk/client-s3'
import { awsRefusalOf } from '../../../src/lib/aws-refusal.ts'

export const RIGHT_TO_ASK = 's3:GetBucketObjectLockConfiguration'
export const CURE_OF_NO_LOCK =
  'name a bucket that was created with Object Lock, in a store that knows it, or leave out `storage.object_lock` and `storage.retain_for`'

/** Thrown instead of writing what anybody could delete. */
export class NoObjectLock extends Error {
  override readonly name = 'NoObjectLock'

  constructor(bucket: string) {
    super(`bucket ${bucket} locks no objects`)
  }
}

/** What the answer says; undefined where the credentials may not ask. Anything else is thrown on. */
export async function readLock(
  answer: Promise<Pick<GetObjectLockConfigurationCommandOutput, 'ObjectLockConfiguration'>>,
): Promise<boolean | undefined> {
  try {
    return (await answer).ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled'
  } catch (error) {
    const { name, status = 0 } = awsRefusalOf(error) ?? {}
    if (status === 403) return undefined
    if (name === 'ObjectLockConfigurationNotFoundError' || status === 405 || status === 501) return false
    throw error
  }
}
