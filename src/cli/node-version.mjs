/** Which Node can run us, and how. Plain JavaScript that any Node from 18 on understands: it runs before anything else. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The first release with `node:sqlite` and type stripping, both without a warning. */
export const NODE_FLOOR = '24.15.0'

/**
 * How the engine's Node is started, here, by the launcher's shell part and in the image: some 90 MiB less memory for some
 * processor time (bench/README.md). Small halves of the young generation; an old one that is cleaned when it has grown
 * by 70 %; no row of an export allocated there because rows before it lived long; one arena for all threads, so that
 * what one of them frees another uses again; and large pages for it, where Linux has some: it costs less to get them.
 */
export const { flags: NODE_FLAGS, environment: NODE_ENVIRONMENT } = JSON.parse(
  readFileSync(new URL('./node-flags.json', import.meta.url), 'utf8'),
)

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
