import { errorCode } from '../errors.ts'

/** A file, folder or object that is not there is undefined; every other error is thrown. */
export async function unlessGone<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined
    // What S3 calls it.
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  })
}
