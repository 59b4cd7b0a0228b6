/** Packages that only one sink needs: an operator installs them for that sink; they are loaded on first use. */
import { errorCode, messageOf } from '../errors.ts'

/** A person must install something: `needsPerson` knows the code. */
class MissingPackageError extends Error {
  override readonly name = 'MissingPackageError'
  readonly code = 'AUDITFERRY_PACKAGE_MISSING'
}

/**
 * What `load` imports; `wanted` is `name@version`, as in peerDependencies of package.json. Throws MissingPackageError
 * where it is not installed; any other failure of the package as it is.
 */
export async function loadPackage<Module>(wanted: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const name = wanted.slice(0, wanted.lastIndexOf('@'))
    if (errorCode(error) !== 'ERR_MODULE_NOT_FOUND' || !messageOf(error).includes(`'${name}'`)) throw error
    throw new MissingPackageError(
      `the package ${name} is not installed: npm install ${wanted}, or take the image's variant \`full\``,
    )
  }
}
