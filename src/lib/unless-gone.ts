import { errorCode } from '../errors.ts'

/** Undefined if the file, folder or object does not exist; throws every other error. */
export async function unlessGone<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined
    // What S3 calls it.
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  })
}
