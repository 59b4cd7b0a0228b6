/** Sigma correlations `event_count` and `value_count`, over windows that slide from event to event. */
import { refuseOthers, type Tree, textOf, treeOf, valueAt } from './tree.ts'

export interface Correlation {
  readonly groupBy: string
  readonly timespanSeconds: number
  /** Distinct values of this field are counted; if absent, events are. */
  readonly field?: string
  readonly atLeast: number
}

export function readCorrelation(rule: Tree, counted: string): Correlation {
  const it = treeOf(rule.correlation, 'correlation')
  refuseOthers(it, ['type', 'rules', 'group-by', 'timespan', 'condition'], 'correlation')
  const { type, rules, condition: given } = it
  const condition = treeOf(given, 'condition')
  refuseOthers(condition, type === 'value_count' ? ['gte', 'field'] : ['gte'], 'condition')
  if (type !== 'event_count' && type !== 'value_count') throw new Error(`${type} is outside of the subset`)
  if (!Array.isArray(rules) || rules.join() !== counted) throw new Error(`rules must name ${counted} alone`)
  const [groupBy, ...more] = it['group-by'] as string[]
  if (groupBy === undefined || more.length > 0) throw new Error('group-by must name one field')
  const atLeast = condition.gte
  if (typeof atLeast !== 'number' || atLeast < 2) throw new Error('gte must be a number from 2 on')
  return {
    groupBy,
    timespanSeconds: secondsOf(textOf(it, 'timespan')),
    atLeast,
    ...(type === 'value_count' && { field: textOf(condition, 'field') }),
  }
}

/** The groups for which it fires. `events` have matched the rule that is counted; each uid counts once. */
export function correlate(correlation: Correlation, events: readonly Tree[]): string[] {
  const { groupBy, timespanSeconds, field, atLeast } = correlation
  const unique = [...new Map(events.map((event) => [event.uid, event])).values()]
  const groups = Map.groupBy(unique, (event) => valueAt(event, groupBy))
  const firing = [...groups].filter(([key, members]) => {
    if (key === undefined) return false
    return members.some((last) => {
      const inside = members.filter((it) => isWithin(it, last, timespanSeconds))
      const values = new Set(inside.map((it) => valueAt(it, field ?? 'uid')).filter((it) => it !== undefined))
      return values.size >= atLeast
    })
  })
  return firing.map(([key]) => String(key)).toSorted()
}

function isWithin(event: Tree, last: Tree, seconds: number): boolean {
  const age = Number(last.timestamp) - Number(event.timestamp)
  return age >= 0 && age < seconds
}

export function secondsOf(timespan: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(timespan) ?? []
  if (unit === '') throw new Error(`${timespan} is no time span`)
  return Number(count) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 0)
}
