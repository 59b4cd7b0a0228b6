/** Which Node can run us. Plain JavaScript that any Node from 18 on understands: it runs before anything else. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The first release with `node:sqlite` and type stripping, both without a warning. */
export const NODE_FLOOR = '24.15.0'

/** @param {string} version `24.15.0` */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [floorMajor = 0, floorMinor = 0] = NODE_FLOOR.split('.').map(Number)
  return major > floorMajor || (major === floorMajor && minor >= floorMinor)
}

/** Path of the Node that `npm ci` brought along, or undefined. */
export function bundledNode() {
  const path = fileURLToPath(
    new URL(`../../node_modules/node-linux-${process.arch}/bin/node`, import.meta.url),
  )
  return process.platform === 'linux' && existsSync(path) ? path : undefined
}
