/** The recipes whose sinks are intakes over HTTP: what arrives at the product is what their story says. */
import { expect, it } from 'vitest'
import { startDatadog } from '../emulators/datadog/datadog.ts'
import { recentEvents } from './acme.ts'
import { type More, type Recipe, setRecipe } from './recipe.ts'
import { openSite, type Site } from './site.ts'

/** Runs a recipe once over three events. */
async function runRecipe(site: Site, name: string, more: More = {}): Promise<Recipe> {
  const recipe = await setRecipe(site, name, more)
  recipe.pulumi.add(recentEvents(3))
  const { code, stderr } = await site.run(['run', '--once'], { env: recipe.env })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return recipe
}

it.concurrent('datadog: entries with the attributes that the searches of the comment name', async () => {
  await using site = openSite()
  const datadog = site.keep(await startDatadog())
  const { url, key } = datadog
  const addresses = { datadog: { endpoint: url, api_endpoint: url } }
  const { story } = await runRecipe(site, 'datadog.yaml', { addresses, env: { DD_API_KEY: key } })
  expect(new Set(datadog.kept).size).toBe(3)
  const [entry] = datadog.entries
  expect(entry).toMatchObject({
    service: /service:([\w-]+)/.exec(story)?.[1],
    ddtags: 'organization:acme,source:acme,env:prod,team:platform',
    evt: { name: expect.any(String), outcome: expect.any(String) },
    pulumi: { uid: entry?.event_uid, organization: 'acme' },
  })
})
