import type { Proxy as Link } from '@rollcall/testkit/proxy'
import type { Cut } from './schedule.ts'

/** Ways that are cut together. */
export type Links = readonly Link[]

export async function cutLinks(links: Links, cut: Cut): Promise<void> {
  for (const link of links) {
    switch (cut) {
      case 'refused':
        await link.cut()
        break
      case 'reset':
        link.reset()
        break
      case 'swallowed':
        link.swallow()
    }
  }
}

/** Lets pass what comes; what was swallowed meanwhile too, unless the network has forgotten who was connected. */
export async function mendLinks(links: Links, { breaksInTheEnd }: { readonly breaksInTheEnd: boolean }): Promise<void> {
  for (const link of links) {
    if (breaksInTheEnd) link.reset()
    await link.restore()
  }
}
