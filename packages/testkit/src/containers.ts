import { basename } from 'node:path'
import { type ContainerRuntimeClient, getContainerRuntimeClient, getReaper, ImageName } from 'testcontainers'
import type { TestRun } from './test-run.ts'

export const POSTGRES_IMAGE = 'postgres:18'
export const REDIS_IMAGE = 'redis:8'

/** Marks the containers of one run. */
const RUN_LABEL = 'rollcall.test-run'
export const runLabel = (run: TestRun): Record<string, string> => ({ [RUN_LABEL]: basename(run.directory) })

/** Says in one sentence why containers cannot be used here, or nothing if they can. */
export async function whyNoContainers(): Promise<string | undefined> {
  const client = await getContainerRuntimeClient().catch(() => undefined) // its error names no cause
  if (!client) return 'no Docker engine answers'
  try {
    for (const image of [POSTGRES_IMAGE, REDIS_IMAGE]) await ensureImage(client, image)
  } catch (error) {
    return `an image cannot be had: ${error}`
  }
  try {
    await getReaper(client)
  } catch (error) {
    return `Testcontainers' reaper cannot be had, unless TESTCONTAINERS_RYUK_DISABLED=true: ${error}`
  }
  return undefined
}

/** Removes the containers that tests of this run left behind, such as one that was killed for taking too long. */
export async function removeContainers(run: TestRun): Promise<void> {
  const { dockerode } = (await getContainerRuntimeClient()).container
  const label = `${RUN_LABEL}=${basename(run.directory)}`
  for (const { Id } of await dockerode.listContainers({ all: true, filters: { label: [label] } })) {
    await dockerode.getContainer(Id).remove({ force: true, v: true })
  }
}

async function ensureImage(client: ContainerRuntimeClient, name: string): Promise<void> {
  const image = ImageName.fromString(name)
  if (!(await client.image.exists(image))) await client.image.pull(image)
}
