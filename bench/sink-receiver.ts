/**
 * The receiver of a sink's conformance harness as a process of its own. It reads as strictly as it does there, and keeps
 * what it got, so that at the end each event is known to have come.
 */

import { answerFrom } from './process-link.ts'
import { harnessIn } from './sink-harnesses.ts'

export interface ReceiverUse {
  /** Different uids. */
  readonly events: number
  /** With those that came twice. */
  readonly copies: number
  /** Of its process, starting included, until it was asked. */
  readonly cpuSeconds: number
}

const [, , type = '', variant = ''] = process.argv
const receiver = await (await harnessIn(type, variant)).start()
const atStart = process.cpuUsage()

answerFrom(0, {
  options: () => receiver.options,
  async use(): Promise<ReceiverUse> {
    const { user, system } = process.cpuUsage(atStart)
    const uids = await receiver.received()
    return { events: new Set(uids).size, copies: uids.length, cpuSeconds: (user + system) / 1e6 }
  },
  stop: () => receiver.stop(),
})
