/** A strict reader of RFC 5424, section 6: whatever that doesn't allow is an error. */

import { isUtf8 } from 'node:buffer'

export interface SyslogMessage {
  readonly facility: number
  readonly severity: number
  readonly timestamp: string
  readonly hostname: string
  readonly appName: string
  readonly procId: string
  readonly msgId: string
  /** Parameters by SD-ID. */
  readonly data: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly bom: boolean
  /** Without the byte order mark; decoded when it is read. */
  readonly msg: string
}

const HEADER =
  /^<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /
const ELEMENT = /\[([!#-<>-\\^-~]{1,32})((?: [!#-<>-\\^-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\]/y
const PARAMETER = / ([^=]+)="((?:[^"\\]|\\.)*)"/gs
const BOM = Buffer.from('\ufeff').toString('latin1')

/**
 * Reads bytes as Latin-1; that they are UTF-8 is checked once for all of them, and a part is decoded when it is read.
 */
export function readMessage(bytes: Buffer): SyslogMessage {
  if (!isUtf8(bytes)) throw new Error('the message is not UTF-8')
  const text = bytes.toString('latin1')
  const [head = '', pri = '', timestamp = '', hostname = '', appName = '', procId = '', msgId = ''] =
    HEADER.exec(text) ?? []
  if (head === '') throw new Error(`no RFC 5424 header: ${JSON.stringify(text.slice(0, 80))}`)
  if (Number(pri) > 191 || String(Number(pri)) !== pri) throw new Error(`PRI ${pri}`)
  if (timestamp !== '-' && Number.isNaN(Date.parse(timestamp))) throw new Error(`TIMESTAMP ${timestamp}`)
  const { data, end } = readData(text, head.length)
  if (end < text.length && text[end] !== ' ') throw new Error('no blank behind the structured data')
  const bom = text.startsWith(BOM, end + 1)
  return {
    facility: Math.floor(Number(pri) / 8),
    severity: Number(pri) % 8,
    ...{ timestamp, hostname, appName, procId, msgId, data, bom },
    get msg() {
      return bytes.toString('utf8', end + 1 + (bom ? BOM.length : 0))
    },
  }
}

function readData(text: string, start: number) {
  const data = new Map<string, ReadonlyMap<string, string>>()
  if (text[start] === '-') return { data, end: start + 1 }
  let end = start
  while (text[end] === '[') {
    ELEMENT.lastIndex = end
    const [whole = '', id = '', parameters = ''] = ELEMENT.exec(text) ?? []
    if (whole === '') throw new Error(`structured data: ${JSON.stringify(text.slice(end, end + 80))}`)
    if (data.has(id)) throw new Error(`${id} twice`)
    const pairs = [...parameters.matchAll(PARAMETER)]
    data.set(id, new Map(pairs.map(([, name = '', value = '']) => [name, unescaped(value)])))
    end += whole.length
  }
  if (end === start) throw new Error('no structured data, and no - for none')
  return { data, end }
}

function unescaped(latin: string): string {
  if (!SPECIAL.test(latin)) return latin
  return Buffer.from(latin.replaceAll(/\\(.)/gs, '$1'), 'latin1').toString()
}

const SPECIAL = /[\\\x80-\xff]/
