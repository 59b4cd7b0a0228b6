/** The recipes whose sinks write objects: what lies in the store is what their story says. */
import { expect, it } from 'vitest'
import { startBlobEmulator } from '../emulators/azure-blob/emulator.ts'
import { rowsOf } from '../emulators/s3/read-back.ts'
import { recentEvents } from './acme.ts'
import { type More, type Recipe, setRecipe } from './recipe.ts'
import { openSite, type Site } from './site.ts'

/** Runs a recipe once over three events. */
async function runRecipe(site: Site, name: string, more: More): Promise<Recipe> {
  const recipe = await setRecipe(site, name, more)
  recipe.pulumi.add(recentEvents(3))
  const { code, stderr } = await site.run(['run', '--once'], { env: recipe.env })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return recipe
}

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
