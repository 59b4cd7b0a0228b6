import { type ReactNode, useEffect } from 'react'
import { marked } from '../blocks/turned-text.ts'

/** A page's frame: its heading, which is also the window's title, and what stands beside it. */
export function Page(props: { title: string; beside?: ReactNode; children: ReactNode }) {
  const { beside, children } = props
  const title = marked(props.title)
  useEffect(() => {
    document.title = `${title} · auditferry`
  }, [title])
  return (
    <div className="page">
      <div className="title">
        <h1>{title}</h1>
        {beside}
      </div>
      {children}
    </div>
  )
}
