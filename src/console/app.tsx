export function App() {
  return <h1>auditferry</h1>
}
