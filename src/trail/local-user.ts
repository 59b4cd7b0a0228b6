/** Who gives a command on this machine: what the operating system calls him. A container's user may have no name. */
import { userInfo } from 'node:os'

export function localUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'local'
  }
}
