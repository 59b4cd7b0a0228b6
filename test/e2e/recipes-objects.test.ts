/** The recipes whose sinks write objects: what is in the store is what their description says. */
import { expect, it } from 'vitest'
import { startBlobEmulator } from '../emulators/azure-blob/emulator.ts'
import { startS3Emulator } from '../emulators/s3/emulator.ts'
import { rowsOf } from '../emulators/s3/read-back.ts'
import { readParquet } from '../emulators/s3/read-parquet.ts'
import { runRecipe } from './recipe.ts'
import { openSite } from './site.ts'

it.concurrent('azure-blob: the query of the comment finds each blob and the members that it names', async () => {
  await using site = openSite()
  const azure = site.keep(await startBlobEmulator())
  const addresses = { azure_blob: { endpoint: azure.url } }
  const env = { AZURE_BLOB_SAS: azure.sas({ permissions: 'rc' }) }
  const { story } = await runRecipe(site, 'azure-blob.yaml', { addresses, env })
  const bulk = /BULK 'https:\/\/[^/]+\/([^']+)'/.exec(story)?.[1] ?? ''
  const pattern = new RegExp(
    `^${bulk.replaceAll('.', '\\.').replaceAll('2026', '\\d{4}').replaceAll('*', '[^/]*')}$`,
  )
  const names = [...azure.objects.keys()].map((key) => `${azure.account.container}/${key}`)
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) expect(name).toMatch(pattern)
  const rows = [...azure.objects.values()].flatMap(rowsOf)
  expect(new Set(rows.map(({ uid }) => uid)).size).toBe(3)
  const members = [...story.matchAll(/'\$\.([\w.]+)'/g)].map(([, path = '']) => path)
  expect(members).toContain('action')
  for (const path of members) expect(rows[0]).toHaveProperty(path)
})

it.concurrent('security-lake: rows of OCSF 1.3 in the folders of the comment, with the columns of its query', async () => {
  await using site = openSite()
  const bucket = 'aws-security-data-lake-eu-west-1-x1y2z3'
  const lake = site.keep(await startS3Emulator({ bucket }))
  const { url: endpoint, key } = lake
  const options = { endpoint, force_path_style: true, access_key_id: key.id, secret_access_key: key.secret }
  const { story } = await runRecipe(site, 'security-lake.yaml', { addresses: { security_lake: options } })
  const objects = [...lake.objects.values()]
  const rows = objects.flatMap(({ body }) => readParquet(body).rows)
  expect(new Set(rows.map((row) => (row.metadata as { uid: string }).uid)).size).toBe(3)
  for (const row of rows) expect(row).toMatchObject({ metadata: { version: '1.3.0' } })
  const folders = objects.map((it) => it.key.split('/')[1] ?? '')
  for (const folder of folders) expect(story).toContain(`${folder} (`)
  const api = objects.find((it) => it.key.startsWith('ext/pulumi_api/'))
  const { types, rows: calls } = readParquet(api?.body ?? Buffer.alloc(0))
  for (const column of ['time', 'actor', 'src_endpoint', 'message', 'api'])
    expect(types).toHaveProperty(column)
  for (const path of ['actor.user.name', 'src_endpoint.ip', 'api.operation']) {
    expect(story).toContain(path)
    expect(calls[0]).toHaveProperty(path)
  }
})
