/**
 * The command line. Each command is a file in `cli/`; the errors that they throw become a message and an exit code
 * here.
 */
import { Command } from 'commander'
import { endOnBrokenPipe, endUnread } from './cli/broken-pipe.ts'
import { configCure } from './cli/config-option.ts'
import { endWithNpx } from './cli/end-with-npx.ts'
import { isOfFilesLimit, messageOf, OperationError, UsageError } from './errors.ts'
import { harmlessJson, unbroken } from './lib/printable.ts'
import { VERSION } from './version.ts'

/**
 * In the order of `--help`. A command's file is loaded only when it is called, which keeps all other commands quick to
 * start.
 */
const COMMANDS = {
  run: () => import('./cli/run.ts'),
  start: () => import('./cli/start.ts'),
  demo: () => import('./cli/demo.ts'),
  init: () => import('./cli/init.ts'),
  validate: () => import('./cli/validate.ts'),
  check: () => import('./cli/check.ts'),
  status: () => import('./cli/status.ts'),
  top: () => import('./cli/top.ts'),
  backfill: () => import('./cli/backfill.ts'),
  pause: () => import('./cli/pause.ts'),
  resume: () => import('./cli/pause.ts'),
  'dead-letters': () => import('./cli/dead-letters.ts'),
  reconcile: () => import('./cli/reconcile.ts'),
  replay: () => import('./cli/replay.ts'),
  archive: () => import('./cli/archive.ts'),
  state: () => import('./cli/state.ts'),
  explain: () => import('./cli/explain.ts'),
  test: () => import('./cli/test.ts'),
  export: () => import('./cli/export.ts'),
  verify: () => import('./cli/verify.ts'),
  catalogue: () => import('./cli/catalogue.ts'),
  emulator: () => import('./cli/emulator.ts'),
  schema: () => import('./cli/schema.ts'),
}

const program = new Command('auditferry')
  .description('Carries Pulumi Cloud audit logs to the places where security teams look.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(see --help)')
  .configureOutput({ outputError: (text, write) => write(`${withCure(text.trimEnd())}\n`) })
  .hook('preAction', (_, command) => refuseEmpty(command))

endWithNpx(process.env)
endOnBrokenPipe()

try {
  const modules = await Promise.all(calledBy(process.argv[2]).map((load) => load()))
  // `pause` and `resume` share a file.
  for (const { register } of new Set(modules)) register(program)
  await program.parseAsync(withoutIdleHelp(process.argv))
} catch (thrown) {
  const error = isFolderGone(thrown)
    ? new OperationError('the folder that this runs in was removed: change to one that is there')
    : thrown
  process.exitCode = report(error)
  if (process.exitCode !== 0 && process.argv.includes('--json')) printFailure(error)
}
endUnread()

/** `help nope` would print the general help without a word about `nope`; `nope` alone is refused by its name. */
function withoutIdleHelp(argv: readonly string[]): string[] {
  const [, , first, name] = argv
  return first === 'help' && name !== undefined && !Object.hasOwn(COMMANDS, name)
    ? argv.toSpliced(2, 1)
    : [...argv]
}

/** `--user "$WHO"` with an unset variable must not mean every user. */
function refuseEmpty(command: Command): void {
  for (const option of command.options) {
    if ([command.getOptionValue(option.attributeName())].flat().includes('')) {
      throw new UsageError(`${option.flags}: the value is empty`)
    }
  }
}

/** Anything that is not a command's name needs all of them: it is help, or a misspelt name that gets a suggestion. */
function calledBy(name = '') {
  if (name === '--version' || name === '-V') return []
  return Object.hasOwn(COMMANDS, name) ? [COMMANDS[name as keyof typeof COMMANDS]] : Object.values(COMMANDS)
}

/** Exit code: 1 failed, 2 configuration or usage. Only a bug shows a stack trace. */
function report(error: unknown): number {
  if (isCommanderError(error)) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError || error instanceof OperationError || isOfFilesLimit(error)) {
    process.stderr.write(`auditferry: ${harmless(messageOf(error))}\n`)
    return error instanceof UsageError ? 2 : 1
  }
  const details = error instanceof Error ? error.stack : messageOf(error)
  process.stderr.write(`auditferry: this is a bug, please report it\n${harmless(details ?? '')}\n`)
  return 1
}

/**
 * `--json` promises one document; the message goes to standard error too. If a result was printed already, it remains
 * the only document.
 */
function printFailure(error: unknown): void {
  const { bytesWritten = 0 } = process.stdout as { bytesWritten?: number }
  if (bytesWritten > 0) return
  const failure = { error: withCure(messageOf(error)) }
  process.stdout.write(`${harmlessJson(JSON.stringify(failure, undefined, 2))}\n`)
}

/** For commander's messages about too many arguments: often the configuration was named without its flag. */
function withCure(message: string): string {
  return message.startsWith('error: too many') ? message.replace(/\.?$/, configCure(message)) : message
}

/** A message may have several lines, and may quote a server. */
function harmless(message: string): string {
  return message.split('\n').map(unbroken).join('\n')
}

/** `process.cwd()` throws this. */
function isFolderGone(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd'
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
