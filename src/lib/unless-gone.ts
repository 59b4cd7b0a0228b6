/** A file, folder or object that is not there is undefined; every other error is thrown. */
export async function unlessGone<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.name === 'NoSuchKey') return undefined
    throw error
  })
}
