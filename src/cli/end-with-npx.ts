/**
 * npx passes a signal on to the shell between it and us, and that shell dies without passing it on. So stopping
 * `npx auditferry run` would leave the engine running unseen. The sign is that our parent process has changed.
 */
const EVERY_MS = 500

export function endWithNpx(env: NodeJS.ProcessEnv): void {
  if (env.npm_command !== 'exec') return
  const parent = Number(env.AUDITFERRY_PARENT ?? process.ppid)
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, EVERY_MS)
  timer.unref()
}
