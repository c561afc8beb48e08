import { createHash, createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Delivery, packBody } from '@rollcall/shared/delivery'
import { seededRandom } from '@rollcall/testkit/clerk/random'

/** What Clerk's bodies come to, of a user with an address, an avatar and some metadata. */
const BODY_BYTES = 2_200

/** Texts to choose from. Far fewer than events, and more than one that compresses them could remember. */
const TEXTS = 1_024

const WORDS =
  'team plan trial seats invite billing import export project design growth sales support founder student agency remote onboarding workspace reports alerts search mobile desktop weekly daily budget region europe asia north coffee garden music travel cycling chess'.split(
    ' ',
  )
const FIRST_NAMES = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Ken', 'Radia', 'Dennis']
const LAST_NAMES = ['Lovelace', 'Hopper', 'Turing', 'Dijkstra', 'Liskov', 'Knuth', 'Allen', 'Thompson', 'Perlman']

/** The number of a field in braces stands for what differs from event to event, in braces that JSON never has. */
const FIELD = /\{(\d+)\}/g

/** Bodies of one event type, and how they are made: by `load.lua` as by `render`. */
export interface Events {
  readonly template: string
  /** The same for the same number; the first is the message's id. */
  readonly fieldsOf: (number: number) => readonly string[]
}

export const render = ({ template, fieldsOf }: Events, number: number): string => {
  const fields = fieldsOf(number)
  return template.replace(FIELD, (_, field) => fields[Number(field) - 1]!)
}

/**
 * Sign-ups as Clerk tells of them: our own example with what differs between users put in, all of the same length. Those of
 * different labels are about different users.
 */
export async function signUps(label: string): Promise<Events> {
  const file = new URL('../../packages/resources/src/user/fixtures/user.created.json', import.meta.url)
  const example = JSON.parse(await readFile(file, 'utf8'))
  const { data } = example
  const email = { ...data.email_addresses[0], id: 'idn_2bench{3}', email_address: '{4}' }
  const body = {
    ...example,
    data: {
      ...data,
      id: 'user_2bench{2}',
      username: null,
      first_name: '{5}',
      last_name: '{6}',
      primary_email_address_id: email.id,
      image_url: 'https://img.clerk.com/{7}',
      profile_image_url: 'https://img.clerk.com/{7}',
      has_image: true,
      email_addresses: [email],
      unsafe_metadata: { ...data.unsafe_metadata, about: '{8}' },
    },
  }
  const template = JSON.stringify(body)
  const short = { template, fieldsOf: (number: number) => userFields(label, number, '') }
  const texts = someTexts(label, BODY_BYTES - render(short, 0).length)
  return { template, fieldsOf: (number) => userFields(label, number, texts[number % TEXTS]!) }
}

function userFields(label: string, number: number, about: string): readonly string[] {
  const random = createHash('sha512').update(`${label} ${number}`).digest('base64url')
  const id = `${label}${String(number).padStart(8, '0')}`
  const [first, last] = [FIRST_NAMES[number % FIRST_NAMES.length]!, LAST_NAMES[number % LAST_NAMES.length]!]
  // As long as each other, so that all bodies are.
  const names = [first.padEnd(8, 'a'), last.padEnd(8, 'n')]
  return [`msg_2bench${id}`, id, random.slice(0, 20), `${random.slice(20, 32)}@example.com`, ...names, random, about]
}

/** Text such as people write into forms. */
export function someTexts(seed: string, length: number): readonly string[] {
  const random = seededRandom(createHash('sha256').update(seed).digest().readInt32LE())
  return Array.from({ length: TEXTS }, () => {
    let text = ''
    while (text.length < length) text += `${WORDS[Math.floor(random() * WORDS.length)]} `
    return text.slice(0, length)
  })
}

/** As the receiver puts them on the queue. */
export function deliveries(events: Events, from: number, count: number): readonly Delivery[] {
  const now = Date.now()
  return Array.from({ length: count }, (_, i) => ({
    messageId: events.fieldsOf(from + i)[0]!,
    attemptedAt: now,
    receivedAt: now,
    ...packBody(Buffer.from(render(events, from + i))),
  }))
}

/** How a sender signs what it sends, and in which headers it says so; `{signature}` stands for what is signed. */
export type Sign = (
  messageId: string,
  body: string,
  nowSeconds: number,
) => { readonly signature: string; readonly headers: Readonly<Record<string, string>> }

/** Svix, for Clerk. */
export const svix =
  (secret: string): Sign =>
  (messageId, body, nowSeconds) => ({
    signature: createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
      .update(`${messageId}.${nowSeconds}.${body}`)
      .digest('base64'),
    headers: { 'svix-id': '{1}', 'svix-timestamp': String(nowSeconds), 'svix-signature': 'v1,{signature}' },
  })
