/** Preloaded into a measured process: writes at its end what it used, all of its threads together. */
import { writeFileSync } from 'node:fs'

const file = process.env.AUDITFERRY_BENCH_USAGE
if (file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    const usage = {
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peakMiB: maxRSS / 1024,
      wallSeconds: process.uptime(),
    }
    writeFileSync(file, JSON.stringify(usage))
  })
}
