/** Who runs a command on this machine, by the operating system's user name. A container's user may have no name. */
import { userInfo } from 'node:os'

export function localUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'local'
  }
}
