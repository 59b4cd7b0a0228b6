/** What a cluster holds, and the faults that tests have set. */
import type { KeptRecord } from './record-batch.ts'
import type { Login } from './sasl.ts'
import { createSequences } from './sequences.ts'

export interface ClusterOptions {
  /** Default: pulumi-audit. */
  readonly topic?: string
  /** Default: 1. */
  readonly partitions?: number
  /** Default: 1. The brokers lead the partitions in turn. */
  readonly brokers?: number
  readonly tls?: { readonly key: string; readonly cert: string; readonly clientCa?: string }
  readonly login?: Login
  /** Default: all. */
  readonly mechanisms?: readonly string[]
  /** Time after which a connection must log in again (KIP-368), milliseconds. */
  readonly sessionMs?: number
  /** max.message.bytes; default 1048588. */
  readonly maxMessageBytes?: number
  /** Whether InitProducerId is offered; default true. */
  readonly idempotence?: boolean
  /** Whether the user may write to the topic, as ACLs say; default true. */
  readonly mayWrite?: boolean
  /** Default: all. */
  readonly compressions?: readonly string[]
  /** advertised.listeners of the last broker. */
  readonly advertised?: { readonly host: string; readonly port: number }
  /** Reads everything but keeps only each record's uid: keeping the rest costs more than reading it. */
  readonly onlyUids?: boolean
  /** The port of the first broker; by default a free one. */
  readonly port?: number
}

export type Api = 'Produce' | 'Metadata' | 'InitProducerId'

export interface Refusal {
  readonly code: number
  readonly message?: string
  /** For Produce: applies only to this partition. */
  readonly partition?: number
  /** For Produce: the partition is not written and missing from the answer. */
  readonly omit?: boolean
}

export interface Kept extends KeptRecord {
  readonly partition: number
  readonly compression: string
}

export type Fault = 'reset' | 'hang'

interface Partition {
  readonly sequences: ReturnType<typeof createSequences>
  end: bigint
}

export type ClusterState = ReturnType<typeof createState>

export function createPartitions(count: number): Partition[] {
  return Array.from({ length: count }, () => ({ sequences: createSequences(), end: 0n }))
}

export function createState(options: ClusterOptions) {
  const { topic = 'pulumi-audit', partitions = 1, brokers = 1 } = options
  return {
    options: { maxMessageBytes: 1_048_588, idempotence: true, mayWrite: true, onlyUids: false, ...options },
    topic,
    partitions: createPartitions(partitions),
    shift: 0,
    leaderOf(partition: number) {
      return (partition + this.shift) % brokers
    },
    /** The address of each broker, as given to clients. */
    addresses: [] as { host: string; port: number }[],
    kept: [] as Kept[],
    /** Values of the header `event_uid`, in order of arrival. */
    uids: [] as string[],
    /** Names of the requests that were read without error. */
    requests: [] as string[],
    refusals: { Produce: [], Metadata: [], InitProducerId: [] } as Record<Api, Refusal[]>,
    /** Error codes for records, by the uid in their headers. */
    badRecords: new Map<string, { code: number; message: string }>(),
    faults: [] as Fault[],
    nextProducer: 1000n,
    /** How long the last Produce was willing to wait for replicas. */
    timeoutMs: 0,
  }
}
