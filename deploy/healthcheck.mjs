/**
 * The image's HEALTHCHECK: exit code 0 while the process answers /healthz. Set AUDITFERRY_HEALTH_URL when
 * `server.listen` is not the default.
 */
const url = process.env.AUDITFERRY_HEALTH_URL ?? 'http://127.0.0.1:8484/healthz'

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) })
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message ?? error.message}\n`)
  process.exitCode = 1
}
