import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useId, useState } from 'react'
import { get } from '../api.ts'
import { CopyButton } from '../blocks/copy-button.tsx'
import { Folded } from '../blocks/folded.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { escaped } from '../blocks/turned-text.ts'
import { indented, nextTab } from './rendering.ts'

interface Rendering {
  readonly name: string
  readonly text: string
}

/** The record as the source gave it, and the event in every format that a sink can ask for. */
export function EventFormats({ path, raw }: { path: string; raw: unknown }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['formats', path],
    queryFn: ({ signal }) => get<{ formats: readonly Rendering[] }>(path, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const others = data?.formats.filter(({ name }) => name !== 'raw') ?? []
  const tabs: readonly Rendering[] = [{ name: 'raw', text: JSON.stringify(raw) ?? '' }, ...others]
  const [chosen, setChosen] = useState('raw')
  const shown = tabs.find(({ name }) => name === chosen) ?? tabs[0]
  const id = useId()
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = nextTab(
      tabs.map(({ name }) => name),
      shown?.name ?? '',
      event.key,
    )
    if (next === undefined) return
    event.preventDefault()
    setChosen(next)
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus()
  }
  return (
    <section className="card formats" aria-label="Record and formats">
      <div className="tabs" role="tablist" aria-label="Formats" onKeyDown={onKeyDown}>
        {tabs.map(({ name }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            data-tab={name}
            className="tab"
            aria-selected={name === shown?.name}
            aria-controls={`${id}-panel`}
            tabIndex={name === shown?.name ? 0 : -1}
            onClick={() => setChosen(name)}
          >
            {name === 'raw' ? 'Raw record' : name}
          </button>
        ))}
      </div>
      {error !== null && <ErrorNotice error={error} retry={() => refetch()} />}
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${shown?.name}`}
        className="format-panel"
      >
        <CopyButton text={shown?.text ?? ''} />
        <pre className="code wrapped">
          <Folded key={shown?.name} text={escaped(indented(shown?.text ?? ''))} />
        </pre>
      </div>
    </section>
  )
}
