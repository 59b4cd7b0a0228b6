/** The other requests of a producer. `APIS` lists the requests that are offered in a single version. */
import type { ClusterState } from './state.ts'
import {
  array,
  compactArray,
  compactString,
  int8,
  int16,
  int32,
  int64,
  NO_TAGS,
  type WireReader,
} from './wire.ts'

/** API key, lowest and highest version. */
export const APIS = {
  Produce: [0, 9, 11],
  Metadata: [3, 12, 12],
  SaslHandshake: [17, 1, 1],
  ApiVersions: [18, 0, 3],
  InitProducerId: [22, 4, 5],
  SaslAuthenticate: [36, 2, 2],
} as const

const UNKNOWN_TOPIC_OR_PARTITION = 3
const INVALID_REQUEST = 42
/** AclOperation: READ 3, WRITE 4, DESCRIBE 8. */
const DESCRIBE = 1 << 8
const WRITE = 1 << 4
const UNTOLD = -(2 ** 31)

export function apiVersions(state: ClusterState, version: number, request: WireReader): Buffer {
  if (version >= 3) {
    if (!/^[a-zA-Z0-9][\w.-]*$/.test(request.compactString() ?? '')) throw new Error('client software name')
    request.compactString()
    request.tags()
  }
  request.end()
  const offered = Object.entries(APIS).filter(
    ([name]) => state.options.idempotence || name !== 'InitProducerId',
  )
  const numbers = offered.map(([, it]) => it.map(int16))
  return version >= 3
    ? Buffer.concat([int16(0), compactArray(numbers, (it) => [...it, NO_TAGS]), int32(0), NO_TAGS])
    : Buffer.concat([int16(0), array(numbers, (it) => it), ...(version > 0 ? [int32(0)] : [])])
}

export function metadata(state: ClusterState, request: WireReader): Buffer {
  const asked = request.compactArray(() => {
    request.take(16)
    const name = request.compactString() ?? ''
    request.tags()
    return name
  })
  if (request.boolean()) throw new Error('a sink may not make topics')
  const tellsRights = request.boolean()
  request.tags()
  request.end()
  const refusal = state.refusals.Metadata.shift()
  const rights = !tellsRights ? UNTOLD : state.options.mayWrite ? DESCRIBE | WRITE : DESCRIBE
  const partitions = compactArray([...state.partitions.keys()], (index) => {
    const leader = state.leaderOf(index)
    const replicas = compactArray([leader], (it) => [int32(it)])
    const none = compactArray([], () => [])
    return [int16(0), int32(index), int32(leader), int32(0), replicas, replicas, none, NO_TAGS]
  })
  const topic = (name: string) => {
    const code = refusal?.code ?? (name === state.topic ? 0 : UNKNOWN_TOPIC_OR_PARTITION)
    const its = code === 0 ? partitions : compactArray([], () => [])
    return [int16(code), compactString(name), Buffer.alloc(16, 1), int8(0), its, int32(rights), NO_TAGS]
  }
  const brokers = compactArray([...state.addresses.entries()], ([id, { host, port }]) => [
    ...[int32(id), compactString(host), int32(port), compactString(null), NO_TAGS],
  ])
  return Buffer.concat([
    ...[int32(0), brokers, compactString('emulated'), int32(0)],
    ...[compactArray(asked, topic), NO_TAGS],
  ])
}

export function initProducerId(state: ClusterState, request: WireReader): Buffer {
  const transactional = request.compactString()
  request.int32()
  const [id, epoch] = [request.int64(), request.int16()]
  request.tags()
  request.end()
  const wrong = transactional !== null || id !== -1n || epoch !== -1 ? INVALID_REQUEST : 0
  const code = state.refusals.InitProducerId.shift()?.code ?? wrong
  const given = code === 0 ? state.nextProducer++ : -1n
  return Buffer.concat([int32(0), int16(code), int64(given), int16(code === 0 ? 0 : -1), NO_TAGS])
}
