/** `auditferry test`: runs the tests that stand beside a configuration, to see its rules before they go live. */
import type { Command } from 'commander'
import { formatProblem } from '../config/problems.ts'
import { UsageError } from '../errors.ts'
import { runTests, type TestResult } from '../rule-tests/run.ts'
import { isTestFile, readTestFile } from '../rule-tests/test-file.ts'
import { readConfig } from './read-config.ts'
import { print, printJson, processSeams, type Seams } from './seams.ts'
import { renderResults } from './test-view.ts'

interface Options {
  readonly config?: string
  readonly json?: true
}

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('test')
    .description('run the rules of the configuration against events and expectations in a YAML file')
    .argument('<file...>', 'test files')
    .option(
      '-c, --config <file>',
      'configuration file (default: the one named in the test file, else as elsewhere)',
    )
    .option('--json', 'print one JSON document')
    .action((files: string[], _options, command: Command) => test(files, command.optsWithGlobals(), seams))
}

async function test(files: readonly string[], options: Options, seams: Seams): Promise<void> {
  const results = (await Promise.all(files.map((file) => testFile(file, options, seams)))).flat()
  const ok = results.every((result) => result.ok)
  if (!ok) process.exitCode = 1
  if (options.json) printJson(seams, { ok, tests: results })
  else print(seams, renderResults(results))
}

async function testFile(file: string, options: Options, seams: Seams): Promise<TestResult[]> {
  const read = readTestFile(file)
  if (!isTestFile(read)) throw new UsageError(read.errors.map(formatProblem).join('\n'))
  const config = await readConfig(options.config ?? read.config, { ...seams.env, ...read.env })
  const results = runTests(read, config)
  if (results === undefined) throw new UsageError(read.problems.errors.map(formatProblem).join('\n'))
  return results
}
