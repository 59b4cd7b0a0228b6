/** A real rsyslogd or syslog-ng on free loopback ports, which writes messages to a file, one per line. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCertificates } from '../emulators/splunk-hec/certificates.ts'
import { freePort } from '../loopback.ts'

type Product = 'rsyslog' | 'syslog-ng'
export const LISTENERS = ['tcp', 'counted', 'tls', 'mutual'] as const
/** TCP with LF, TCP with octet counting, TLS, TLS with client certificates. */
type Listener = (typeof LISTENERS)[number]

export interface SyslogServer {
  /** Options of a sink that sends there. */
  options(listener: Listener): Readonly<Record<string, unknown>>
  /** What was written: complete lines. */
  lines(): string[]
  pid(): number
  start(): Promise<void>
  kill(signal: NodeJS.Signals): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

interface Place {
  readonly folder: string
  readonly ports: Readonly<Record<Listener, number>>
  path(name: string): string
}

export async function startSyslogServer(product: Product): Promise<SyslogServer> {
  const folder = mkdtempSync(join(tmpdir(), `auditferry-${product}-`))
  const path = (name: string) => join(folder, name)
  const [tcp, counted, tls, mutual] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const place: Place = { folder, path, ports: { tcp, counted, tls, mutual } }
  const { ca, server, client } = await createCertificates()
  const files = {
    ca: ca.cert,
    server: server.cert,
    key: server.key,
    client: client.cert,
    clientkey: client.key,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(path(`${name}.pem`), text)
  const command = product === 'rsyslog' ? rsyslog(place) : syslogNg(place)
  let child: ChildProcess | undefined

  const it: SyslogServer = {
    options: (listener) => ({
      endpoint: `${listener === 'tcp' || listener === 'counted' ? 'tcp' : 'tls'}://127.0.0.1:${place.ports[listener]}`,
      ...(listener === 'counted' && { framing: 'octet_counting' }),
      tls: {
        ca_file: path('ca.pem'),
        ...(listener === 'mutual' && { cert_file: path('client.pem'), key_file: path('clientkey.pem') }),
      },
    }),
    lines: () =>
      existsSync(path('out.log')) ? readFileSync(path('out.log'), 'utf8').split('\n').slice(0, -1) : [],
    pid: () => child?.pid ?? 0,
    async start() {
      const started = spawn(command.file, command.args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: command.env,
      })
      child = started
      let said = ''
      for (const stream of [started.stdout, started.stderr]) stream.on('data', (text) => (said += text))
      started.on('error', (error) => (said += error.message))
      for (const port of Object.values(place.ports)) {
        while (!(await listens(port))) {
          if (started.exitCode !== null || started.pid === undefined)
            throw new Error(`${product} did not start (node test/syslog/install.mjs installs it): ${said}`)
          await sleep(20)
        }
      }
    },
    async kill(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill(signal)
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended
    },
    async stop() {
      await it.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await it.start()
  return it
}

interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** What is received is in the file before more is read: `Direct` queues nothing in memory. */
function rsyslog({ path, ports }: Place): Command {
  const listen = (port: number, more: string) =>
    `input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="keep" ${more})`
  const secure = 'StreamDriver.Name="gtls" StreamDriver.Mode="1"'
  writeFileSync(
    path('server.conf'),
    `global(workDirectory="${path('')}" maxMessageSize="64k" DefaultNetstreamDriver="gtls"
  DefaultNetstreamDriverCAFile="${path('ca.pem')}" DefaultNetstreamDriverCertFile="${path('server.pem')}"
  DefaultNetstreamDriverKeyFile="${path('key.pem')}" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp")
template(name="line" type="string" string="%pri% %timereported:::date-rfc3339% %hostname% %app-name% %msgid% %structured-data% %msg%\\n")
ruleset(name="keep" queue.type="Direct") { action(type="omfile" file="${path('out.log')}" template="line") }
${listen(ports.tcp, 'SupportOctetCountedFraming="off" StreamDriver.Name="ptcp" StreamDriver.Mode="0"')}
${listen(ports.counted, 'StreamDriver.Name="ptcp" StreamDriver.Mode="0"')}
${listen(ports.tls, `${secure} StreamDriver.AuthMode="anon"`)}
${listen(ports.mutual, `${secure} StreamDriver.AuthMode="x509/certvalid"`)}
`,
  )
  const args = ['-n', '-f', path('server.conf'), '-i', path('server.pid')]
  return { file: 'rsyslogd', args, env: withPath('/usr/sbin') }
}

function syslogNg({ path, ports }: Place): Command {
  const unpacked = resolve('node_modules/.cache/auditferry/syslog-ng')
  const isUnpacked = existsSync(join(unpacked, 'usr/sbin/syslog-ng'))
  const library = join(unpacked, 'usr/lib/syslog-ng')
  const env = {
    ...withPath(join(unpacked, 'usr/sbin'), '/usr/sbin', '/usr/local/sbin'),
    ...(isUnpacked && { LD_LIBRARY_PATH: library }),
  }
  const said = spawnSync('syslog-ng', ['--version'], { env, encoding: 'utf8' }).stdout ?? ''
  const version = /^Config version: ([\d.]+)/m.exec(said)?.[1] ?? '3.38'
  const files = `key-file("${path('key.pem')}") cert-file("${path('server.pem')}")`
  const listen = (port: number, transport: string) =>
    `syslog(ip("127.0.0.1") port(${port}) max-connections(50) transport(${transport}));`
  writeFileSync(
    path('server.conf'),
    `@version: ${version}
options { keep-hostname(yes); use-dns(no); dns-cache(no); log-msg-size(65536); stats-freq(0); };
source received {
  network(ip("127.0.0.1") port(${ports.tcp}) max-connections(50) transport("tcp") flags(syslog-protocol));
  ${listen(ports.counted, '"tcp"')}
  ${listen(ports.tls, `"tls") tls(${files} peer-verify(optional-untrusted)`)}
  ${listen(ports.mutual, `"tls") tls(${files} ca-file("${path('ca.pem')}") peer-verify(required-trusted)`)}
};
destination kept { file("${path('out.log')}" template("$PRI $ISODATE $HOST $PROGRAM $MSGID $SDATA $MSG\\n") flush-lines(1)); };
log { source(received); destination(kept); flags(flow-control); };
`,
  )
  const modules = /^Module-Directory: (.*)$/m.exec(said)?.[1] ?? ''
  const modulePath = isUnpacked ? join(unpacked, modules) : modules
  const own = ['-p', path('server.pid'), '-c', path('server.ctl'), '-R', path('server.persist')]
  const args = ['-F', '--no-caps', '-f', path('server.conf'), `--module-path=${modulePath}`, ...own]
  return { file: 'syslog-ng', args, env }
}

function withPath(...folders: string[]): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [...folders, process.env.PATH ?? ''].join(delimiter) }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
