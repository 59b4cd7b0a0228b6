import { loadOrFail } from './load-or-fail.ts'
import { listen } from './signals.ts'

/** The service of a configuration file. It listens before it reads: whatever changes from then on is read again. */
export async function serveFile(option: string | undefined): Promise<void> {
  const signals = listen(true)
  const reload = () => loadOrFail(option)
  const first = await reload()
  const { runService } = await import('./service.ts')
  await runService(first, { reload, signals })
}
