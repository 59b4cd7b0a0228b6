/**
 * `npm run new sink NAME`: a folder for a new sink, which passes every check except those for what is not written yet.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sinkTemplate } from './gen/sink-template.ts'

/** In letters: a longer name would make lines of the generated code too long for lint. */
const LONGEST = 40

const USAGE = `usage: npm run new sink NAME (up to ${LONGEST} letters a-z, digits and _, such as my_collector)`

const [kind, name = '', ...rest] = process.argv.slice(2)
const root = resolve(import.meta.dirname, '..')
const folder = join(root, 'connectors', 'sinks', name)

const fault =
  kind !== 'sink' || rest.length > 0 || name.length > LONGEST || !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)
    ? USAGE
    : existsSync(folder)
      ? `${folder} is there already: choose another name`
      : undefined

if (fault === undefined) {
  mkdirSync(folder)
  const files = Object.entries(sinkTemplate(name))
  for (const [file, content] of files) writeFileSync(join(folder, file), content)
  execFileSync(process.execPath, [join(root, 'src/gen.ts')], { stdio: 'ignore' })
  process.stdout.write(
    `connectors/sinks/${name}/ has ${files.length} files. What is left to write:\n` +
      '  config.ts, encode.ts, sink.ts   what the product wants, and what its answers mean\n' +
      '  harness.ts                      a receiver of your own, for the conformance suite\n' +
      '  answers.test.ts                 each documented answer and its outcome\n' +
      '  README.md                       what it does and how it fails\n' +
      `Then: npx vitest run connectors/sinks/${name}, and test/conformance/sinks.test.ts -t "sink ${name}"\n` +
      'docs/write-a-sink.md goes through it.\n',
  )
} else {
  process.stderr.write(`new: ${fault}\n`)
  process.exitCode = 2
}
