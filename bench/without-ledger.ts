/**
 * Preloaded into a measured engine: leaves out what the ledger costs. Uids are not summed up, not packed, not compared
 * and not stored, neither for the source nor for the sinks. Such an engine knows no event twice: for the bench alone.
 */
import { registerHooks } from 'node:module'

/** What stands in for parts of a module of the product, by the end of its address; all else is as it is there. */
const STAND_INS: Readonly<Record<string, string>> = {
  'src/ledger/compare.ts': 'export const onlyNew = async (_store, _source, events) => events',
  'src/ledger/minutes.ts': `
    export const minutesOf = () => []
    export const knownUids = () => new Map()
    export const packedPart = (uid) => uid`,
  'src/deliver/tally.ts': `
    export function createTally() {
      const totals = { delivered: 0, filtered: 0, deadLettered: 0, replayed: 0 }
      return {
        count(settled, _event, by = 1) { totals[settled] += by },
        total: (settled) => totals[settled],
        minutes: () => [],
      }
    }`,
}

registerHooks({
  load(url, context, nextLoad) {
    const [, standIn] = Object.entries(STAND_INS).find(([end]) => url.endsWith(end)) ?? []
    if (standIn === undefined) return nextLoad(url, context)
    // A module's own exports hide those of the same name behind `export *`.
    const source = `export * from '${url}?whole'\n${standIn}`
    return { format: 'module', source, shortCircuit: true }
  },
})
