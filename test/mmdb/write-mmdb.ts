/**
 * Writes small databases in the MaxMind DB format 2.0 (https://maxmind.github.io/MaxMind-DB/): 32-bit records, and an
 * IPv6 tree with IPv4 at ::/96, unless it is for IPv4 only.
 */
import { isIPv4 } from 'node:net'

type MmdbValue = string | number | readonly MmdbValue[] | { readonly [key: string]: MmdbValue }

/** `networks`: a prefix such as `198.51.100.0/24`, and what is known about it. */
export function writeMmdb(
  databaseType: string,
  networks: Readonly<Record<string, MmdbValue>>,
  ipVersion: 4 | 6 = 6,
): Buffer {
  const nodes: [Branch, Branch][] = [[undefined, undefined]]
  const data: Buffer[] = []
  let size = 0
  for (const [network, value] of Object.entries(networks)) {
    const encoded = encode(value)
    insert(nodes, bitsOf(network, ipVersion), { at: size })
    data.push(encoded)
    size += encoded.length
  }
  const tree = Buffer.alloc(nodes.length * 8)
  for (const [index, branches] of nodes.entries()) {
    for (const [side, branch] of branches.entries()) {
      const record =
        branch === undefined
          ? nodes.length
          : typeof branch === 'number'
            ? branch
            : nodes.length + SEPARATOR.length + branch.at
      tree.writeUInt32BE(record, index * 8 + side * 4)
    }
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1795384721,
    database_type: databaseType,
    description: { en: 'a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 32,
  })
  return Buffer.concat([tree, SEPARATOR, ...data, MARKER, metadata])
}

/** A node, a position in the data, or nothing. */
type Branch = number | { readonly at: number } | undefined

const SEPARATOR = Buffer.alloc(16)
const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')

function insert(nodes: [Branch, Branch][], bits: readonly (0 | 1)[], leaf: Branch): void {
  let node = nodes[0] as [Branch, Branch]
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit] ?? nodes.push([undefined, undefined]) - 1
    node[bit] = next
    node = nodes[next as number] as [Branch, Branch]
  }
  node[bits.at(-1) as 0 | 1] = leaf
}

function bitsOf(network: string, ipVersion: 4 | 6): (0 | 1)[] {
  const [address = '', length = ''] = network.split('/')
  const isShort = isIPv4(address)
  const bytes = isShort ? address.split('.').map(Number) : bytesOf(address)
  const bits = bytes.flatMap((byte) =>
    [...byte.toString(2).padStart(8, '0')].map((bit) => Number(bit) as 0 | 1),
  )
  const own = bits.slice(0, Number(length))
  return isShort && ipVersion === 6 ? [...new Array<0>(96).fill(0), ...own] : own
}

function bytesOf(address: string): number[] {
  const [left = '', right = ''] = address.split('::')
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [head, tail] = [groups(left), groups(right)]
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
  return all.flatMap((group) => [group >> 8, group & 0xff])
}

const TEXT = 2
const DOUBLE = 3
const UINT32 = 6
const MAP = 7
const ARRAY = 11

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([control(TEXT, bytes.length), bytes])
  }
  if (typeof value === 'number') return number(value)
  if (isList(value)) return Buffer.concat([control(ARRAY, value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([
    control(MAP, entries.length),
    ...entries.flatMap(([key, it]) => [encode(key), encode(it)]),
  ])
}

function isList(value: MmdbValue): value is readonly MmdbValue[] {
  return Array.isArray(value)
}

function number(value: number): Buffer {
  const isWhole = Number.isInteger(value)
  const bytes = Buffer.alloc(isWhole ? 4 : 8)
  if (isWhole) bytes.writeUInt32BE(value)
  else bytes.writeDoubleBE(value)
  return Buffer.concat([control(isWhole ? UINT32 : DOUBLE, bytes.length), bytes])
}

function control(type: number, size: number): Buffer {
  const [short, more] = size < 29 ? [size, []] : [29, [size - 29]]
  return Buffer.from(type > 7 ? [short, type - 7, ...more] : [(type << 5) | short, ...more])
}
