import { type ReactNode, useEffect } from 'react'

/** A page's frame: its heading, which is the window's title too, and what stands beside it. */
export function Page(props: { title: string; beside?: ReactNode; children: ReactNode }) {
  const { title, beside, children } = props
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
