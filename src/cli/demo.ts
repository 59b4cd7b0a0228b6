/** `auditferry demo`: everything from poll to sink, with invented events from the bundled emulator and no account. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { wholeOf } from './flags.ts'
import { loadTextOrFail } from './load-or-fail.ts'

export function register(program: Command): void {
  program
    .command('demo')
    .description(
      'run against a bundled emulator with invented events, into ./out/demo.ndjson and the console',
    )
    .option('--seconds <n>', 'stop after this many seconds')
    .action(({ seconds }: { seconds?: string }) =>
      runDemo(seconds === undefined ? {} : { seconds: wholeOf(seconds, '--seconds', 1, 86_400) }),
    )
}

export async function runDemo({ seconds }: { seconds?: number }): Promise<void> {
  const { startDemoSource } = await import('../../test/emulators/pulumi/demo.ts')
  const { runService } = await import('./service.ts')
  const port = wholeOf(process.env.AUDITFERRY_DEMO_PORT || '8484', 'AUDITFERRY_DEMO_PORT', 0, 65_535)
  const source = await startDemoSource()
  const out = resolve('out/demo.ndjson')
  process.stderr.write(
    `DEMO: every event is invented; nothing leaves this machine.\n` +
      `  source  ${source.url} (an emulator of the audit-log API)\n` +
      `  sinks   ${out}, and an archive for the console\n` +
      `  console http://127.0.0.1:${port}/\n` +
      `Stop with Ctrl-C. To carry real events: npx auditferry init\n`,
  )
  const timer =
    seconds === undefined ? undefined : setTimeout(() => process.kill(process.pid, 'SIGTERM'), seconds * 1000)
  try {
    await runService(await loadTextOrFail(configuration(source, port), resolve('demo.yaml')))
  } finally {
    clearTimeout(timer)
    await source.stop()
  }
}

function configuration(source: { url: string; organization: string; token: string }, port: number): string {
  return `
sources:
  demo:
    type: pulumi
    organization: ${source.organization}
    access_token: ${source.token}
    api_url: ${source.url}
    poll_every: 5s
    start: 24h
    requests_per_minute: 600
sinks:
  local: { type: file, path: ./out/demo.ndjson }
  archive: { type: archive, path: ./data/demo/archive.db, batch: { max_age: 1s } }
state: { type: embedded, path: ./data/demo }
server: { listen: "127.0.0.1:${port}" }
log: { format: text }
`
}
