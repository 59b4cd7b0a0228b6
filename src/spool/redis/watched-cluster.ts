/**
 * A Cluster that reports when another node takes over a slot. The new node may lack writes that were confirmed before:
 * replicas lag behind, and the old master may live on as a replica, so that no connection breaks. ioredis by itself
 * would forward a command to the new node: a write that relies on what is in memory, to a node that never had it.
 */
import { Cluster, type Redis } from 'ioredis'

const SLOT_MOVED = 'slot moved'

export class WatchedCluster extends Cluster {
  /** By slot that was ever used: the node that serves it, as far as known. */
  readonly masters = new Map<number, string | undefined>()

  override sendCommand(...[command, ...rest]: Parameters<Cluster['sendCommand']>): unknown {
    const slot = command.getSlot()
    if (slot !== null && !this.masters.has(slot)) this.masters.set(slot, this.slots[slot]?.[0])
    return super.sendCommand(command, ...rest)
  }

  override handleError(...[error, ttl, handlers]: Parameters<Cluster['handleError']>): void {
    const [, slot, master] = /^MOVED (\d+) (\S+)$/.exec(error.message) ?? []
    const known = this.slots[Number(slot)]?.[0]
    // A command that is tried again goes to any node, which then names the right one.
    if (known === undefined || known === master) {
      super.handleError(error, ttl, handlers)
      return
    }
    this.emit(SLOT_MOVED)
    this.refreshSlotsCache()
    handlers.defaults()
  }
}

/**
 * Called when a slot in use goes to another node, or the connection to its node ends. Any other node may come and go:
 * a cluster leaves out a replica that does not follow yet, and ioredis closes the connections to nodes left out.
 */
export function onSlotLost(cluster: WatchedCluster, hear: () => void): void {
  const { masters } = cluster
  cluster.on(SLOT_MOVED, hear)
  // The move may also show without any MOVED answer, when the nodes were asked for another reason.
  cluster.on('refresh', () => {
    let hasMoved = false
    for (const [slot, before] of masters) {
      const master = cluster.slots[slot]?.[0] ?? before
      hasMoved ||= before !== undefined && master !== before
      masters.set(slot, master)
    }
    if (hasMoved) hear()
  })
  cluster.on('-node', ({ options: { host, port } }: Redis) => {
    if ([...masters.values()].includes(`${host}:${port}`)) hear()
  })
}

/** ioredis asks a node for the others on a separate connection, and does not report why that one broke. */
export function hearOfNodes(cluster: Cluster, hear: (error: unknown) => void): void {
  cluster.on('node error', hear)
  cluster.on('+node', (node: Redis) => {
    const duplicate = node.duplicate.bind(node)
    node.duplicate = (...options) => duplicate(...options).on('error', hear)
  })
}
