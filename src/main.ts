/** The command line. Each command is a file in `cli/`; what they throw becomes a message and an exit code here. */
import { Command } from 'commander'
import { register as registerArchive } from './cli/archive.ts'
import { register as registerBackfill } from './cli/backfill.ts'
import { endOnBrokenPipe } from './cli/broken-pipe.ts'
import { register as registerCatalogue } from './cli/catalogue.ts'
import { register as registerCheck } from './cli/check.ts'
import { register as registerDeadLetters } from './cli/dead-letters.ts'
import { register as registerDemo } from './cli/demo.ts'
import { register as registerEmulator } from './cli/emulator.ts'
import { endWithNpx } from './cli/end-with-npx.ts'
import { register as registerExplain } from './cli/explain.ts'
import { register as registerExport } from './cli/export.ts'
import { register as registerInit } from './cli/init.ts'
import { register as registerPause } from './cli/pause.ts'
import { register as registerReconcile } from './cli/reconcile.ts'
import { register as registerReplay } from './cli/replay.ts'
import { register as registerRun } from './cli/run.ts'
import { register as registerSchema } from './cli/schema.ts'
import { register as registerStart } from './cli/start.ts'
import { register as registerState } from './cli/state.ts'
import { register as registerStatus } from './cli/status.ts'
import { register as registerTest } from './cli/test.ts'
import { register as registerTop } from './cli/top.ts'
import { register as registerValidate } from './cli/validate.ts'
import { register as registerVerify } from './cli/verify.ts'
import { messageOf, OperationError, UsageError } from './errors.ts'
import { VERSION } from './version.ts'

const COMMANDS = [
  registerRun,
  registerStart,
  registerDemo,
  registerInit,
  registerValidate,
  registerCheck,
  registerStatus,
  registerTop,
  registerBackfill,
  registerPause,
  registerDeadLetters,
  registerReconcile,
  registerReplay,
  registerArchive,
  registerState,
  registerExplain,
  registerTest,
  registerExport,
  registerVerify,
  registerCatalogue,
  registerEmulator,
  registerSchema,
]

const program = new Command('auditferry')
  .description('Carries Pulumi Cloud audit logs to the places where security teams look.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(see --help)')

for (const register of COMMANDS) register(program)

endWithNpx(process.env)
endOnBrokenPipe()

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Exit code: 1 failed, 2 configuration or usage. Only a bug shows a stack trace. */
function report(error: unknown): number {
  if (isCommanderError(error)) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError || error instanceof OperationError) {
    process.stderr.write(`auditferry: ${error.message}\n`)
    return error instanceof UsageError ? 2 : 1
  }
  const details = error instanceof Error ? error.stack : messageOf(error)
  process.stderr.write(`auditferry: this is a bug, please report it\n${details}\n`)
  return 1
}

/** Commander prints its own message before it throws. */
function isCommanderError(error: unknown): error is { exitCode: number } {
  return (
    error instanceof Error &&
    'code' in error &&
    String(error.code).startsWith('commander.') &&
    'exitCode' in error
  )
}
