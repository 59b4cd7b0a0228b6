/** librdkafka's mock cluster as a process on free loopback ports, and kcat to write to it and read back. */
import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

export interface MockCluster {
  readonly brokers: readonly string[]
  /** Answers the next requests with these API keys (0 Produce, 3 Metadata, 22 InitProducerId) with an error code. */
  refuse(api: number, code: number, times: number): Promise<void>
  /** What kcat reads from the topic, each partition from start to end. */
  records(): Promise<ReadRecord[]>
  /** Written by another producer than ours, with the partitioner of Java's clients. */
  produce(key: string, value: string): Promise<void>
  stop(): Promise<void>
}

export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  /** Milliseconds. */
  readonly ts: number
  readonly headers?: readonly string[]
  readonly payload: string
}

/** Why there can't be one here; undefined if there can. */
export function whyNoCluster(): string | undefined {
  const kcat = spawnSync('kcat', ['-V'], { encoding: 'utf8' })
  const compiled = spawnSync('cc', ['-E', '-include', 'librdkafka/rdkafka.h', SOURCE], { stdio: 'ignore' })
  return kcat.status === 0 && compiled.status === 0
    ? undefined
    : 'kcat, a C compiler or librdkafka is missing: node test/kafka/install.mjs installs them'
}

const SOURCE = resolve('test/kafka/mock-cluster.c')

export async function startMockCluster(topic: string, partitions: number, brokers = 3): Promise<MockCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-mock-'))
  const program = join(folder, 'mock-cluster')
  const built = spawnSync('cc', ['-O1', '-o', program, SOURCE, '-lrdkafka'], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the mock cluster can't be compiled: ${built.stderr}`)
  const child: ChildProcessWithoutNullStreams = spawn(program, [`${brokers}`, topic, `${partitions}`])
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const first: string = (await lines.next()).value ?? ''
  const kcat = (...args: string[]) =>
    promisify(execFile)('kcat', ['-b', first, '-t', topic, ...args], { timeout: 30_000, maxBuffer: 1 << 28 })
  return {
    brokers: first.split(','),
    async refuse(api, code, times) {
      child.stdin.write(`${api} ${code} ${times}\n`)
      await lines.next()
    },
    async records() {
      const { stdout } = await kcat('-C', '-e', '-q', '-J', '-o', 'beginning')
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    },
    async produce(key, value) {
      const done = kcat('-P', '-k', key, '-X', 'partitioner=murmur2')
      done.child.stdin?.end(value)
      await done
    },
    async stop() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true })
    },
  }
}
