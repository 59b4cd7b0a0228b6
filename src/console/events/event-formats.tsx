import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useId, useState } from 'react'
import type { FormatName } from '../../formats/format.ts'
import { get } from '../api.ts'
import { CopyButton } from '../blocks/copy-button.tsx'
import { Folded } from '../blocks/folded.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { escaped } from '../blocks/turned-text.ts'
import { indented, nextTab } from './rendering.ts'

interface Rendering {
  readonly name: FormatName
  readonly text: string
  /** Why the format refuses the event. */
  readonly error?: string
}

/** The tabs; the first is the record as the source gave it, which the page already has. */
const FORMATS = {
  raw: 'Raw record',
  native: 'native',
  csv: 'csv',
  pulumi_csv: 'pulumi_csv',
  ocsf: 'ocsf',
  ecs: 'ecs',
  cef: 'cef',
  leef: 'leef',
  pulumi_cef: 'pulumi_cef',
  udm: 'udm',
  asim: 'asim',
  otel: 'otel',
} satisfies Record<FormatName, string>

/**
 * Undefined for a record that is absent or nested too deeply to be printed here: then the engine is asked, which can
 * print it or say why not.
 */
function textOf(raw: unknown): string | undefined {
  try {
    return JSON.stringify(raw)
  } catch {
    return undefined
  }
}

/**
 * The record as the source gave it, and the event in every format a sink can ask for; each is fetched when its tab is
 * opened.
 */
export function EventFormats({ path, archive, raw }: { path: string; archive: string | null; raw: unknown }) {
  const [shown, setShown] = useState('raw')
  const here = shown === 'raw' ? textOf(raw) : undefined
  const { data, error, refetch } = useQuery({
    queryKey: ['formats', path, archive, shown],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ ...(archive !== null && { archive }), format: shown })
      return get<{ formats: readonly Rendering[] }>(`${path}?${query}`, signal)
    },
    enabled: here === undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [rendering] = data?.formats ?? []
  const text = here ?? rendering?.error ?? rendering?.text
  const id = useId()
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = nextTab(Object.keys(FORMATS), shown, event.key)
    if (next === undefined) return
    event.preventDefault()
    setShown(next)
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus()
  }
  return (
    <section className="card formats" aria-label="Record and formats">
      <div className="tabs" role="tablist" aria-label="Formats" onKeyDown={onKeyDown}>
        {Object.entries(FORMATS).map(([name, label]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            data-tab={name}
            className="tab"
            aria-selected={name === shown}
            aria-controls={`${id}-panel`}
            tabIndex={name === shown ? 0 : -1}
            onClick={() => setShown(name)}
          >
            {label}
          </button>
        ))}
      </div>
      {error !== null && <ErrorNotice error={error} retry={() => refetch()} />}
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown}`} className="format-panel">
        {text !== undefined && <CopyButton key={shown} text={text} />}
        <pre className="code wrapped">
          {text !== undefined && <Folded key={shown} text={escaped(indented(text))} />}
        </pre>
      </div>
    </section>
  )
}
