import { loadOrFail } from './load-or-fail.ts'
import { listen, STOPS } from './signals.ts'

/** The service of a configuration file. It listens for SIGHUP before it reads, so that no later change is missed. */
export async function serveFile(option: string | undefined): Promise<void> {
  const signals = listen(['SIGHUP'])
  const reload = () => loadOrFail(option)
  const first = await reload()
  // Not earlier: reading may block for ever, and there is nothing yet to stop gracefully.
  signals.add(STOPS)
  const { runService } = await import('./service.ts')
  await runService(first, { reload, signals })
}
