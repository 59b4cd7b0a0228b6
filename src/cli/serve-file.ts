import { loadOrFail } from './load-or-fail.ts'
import { listen, STOPS } from './signals.ts'

/** The service of a configuration file. It hears of changes before it reads: whatever comes from then on is read again. */
export async function serveFile(option: string | undefined): Promise<void> {
  const signals = listen(['SIGHUP'])
  const reload = () => loadOrFail(option)
  const first = await reload()
  // Not before: what is read may never come, and there is nothing yet to end with care.
  signals.add(STOPS)
  const { runService } = await import('./service.ts')
  await runService(first, { reload, signals })
}
