import { isJsonObject, type JsonObject } from '@rollcall/shared/json'
import type { Entry } from './collection.ts'
import { type ClerkObject, createResource, type Kind, type Readable, type Resource, type World } from './resource.ts'
import { IMAGE_URL, primaryAddressOf } from './users.ts'

export interface SubscriptionItemLinks {
  readonly instanceId: string
  readonly payer: { readonly userId: string } | { readonly organizationId: string }
  /** In cents a month. Nothing is a free plan. */
  readonly monthlyCents: number
}

const MONTH_MS = 30 * 86_400_000

interface Payers {
  readonly users: Pick<Readable, 'get'>
  readonly organizations: Pick<Readable, 'get'>
}

const subscriptionItem = (payers: Payers): Kind<SubscriptionItemLinks> => ({
  event: 'subscriptionItem',
  object: 'commerce_subscription_item',
  idPrefix: 'csub_item',
  defaults: (entry) => {
    const { id, created_at, links } = entry
    const plan = planOf(links.monthlyCents)
    const payer = payerOf(entry, payers)
    return {
      instance_id: links.instanceId,
      status: 'active',
      plan_id: plan.id,
      price_id: `cprice_${id.slice('csub_item_'.length)}`,
      plan,
      plan_period: 'month',
      payer_id: payer.id,
      payer,
      is_free_trial: false,
      period_start: created_at,
      period_end: isFree({ plan }) ? null : created_at + MONTH_MS,
      canceled_at: null,
      past_due_at: null,
      ended_at: null,
    }
  },
  eventData,
})

const planOf = (monthlyCents: number) => ({
  object: 'commerce_plan',
  id: `cplan_${monthlyCents}`,
  name: monthlyCents === 0 ? 'Free' : `Plan for ${monthlyCents}`,
  fee: money(monthlyCents),
  annual_monthly_fee: money(monthlyCents),
  annual_fee: money(monthlyCents * 12),
  description: null,
  product_id: 'cprod_test',
  is_default: monthlyCents === 0,
  is_recurring: monthlyCents !== 0,
  publicly_visible: true,
  has_base_fee: monthlyCents !== 0,
  for_payer_type: 'user',
  slug: `plan-${monthlyCents}`,
  avatar_url: null,
  free_trial_enabled: false,
  free_trial_days: null,
})

const money = (cents: number) => ({
  amount: cents,
  amount_formatted: (cents / 100).toFixed(2),
  currency: 'USD',
  currency_symbol: '$',
})

function payerOf({ links, created_at, updated_at }: Entry<SubscriptionItemLinks>, { users, organizations }: Payers) {
  const { instanceId, payer } = links
  const user = 'userId' in payer ? users.get(payer.userId) : undefined
  const organization = 'organizationId' in payer ? organizations.get(payer.organizationId) : undefined
  const ownerId = 'userId' in payer ? payer.userId : payer.organizationId
  return {
    object: 'commerce_payer',
    id: `cpayer_${ownerId.replace(/^[a-z]+_/, '')}`,
    instance_id: instanceId,
    user_id: 'userId' in payer ? ownerId : null,
    first_name: user?.first_name ?? null,
    last_name: user?.last_name ?? null,
    email: (user && primaryAddressOf(user)) ?? null,
    organization_id: 'userId' in payer ? null : ownerId,
    organization_name: organization?.name ?? null,
    image_url: IMAGE_URL,
    created_at,
    updated_at,
  }
}

/** Events show less of an item, some of it by another name, and have an empty text for what a payer lacks. */
function eventData(item: ClerkObject): JsonObject {
  const { id, object, status, is_free_trial, created_at, updated_at, period_start, period_end, plan_id, seats } = item
  const payer = isJsonObject(item.payer) ? item.payer : {}
  const { instance_id: _instance, ...shownOfPayer } = payer
  return {
    id,
    object,
    status,
    is_free_trial,
    created_at,
    updated_at,
    period_start,
    period_end,
    interval: item.plan_period,
    plan_id,
    plan: isJsonObject(item.plan) ? planOfEvent(item.plan) : null,
    payer: Object.fromEntries(Object.entries(shownOfPayer).map(([name, value]) => [name, value ?? ''])),
    subscription_id: `csub_${id.slice('csub_item_'.length)}`,
    ...(seats !== undefined && { seats }),
  }
}

/** Events show of a plan and its price far less, and the price as a number. */
const planOfEvent = ({ id, slug, name, is_recurring, fee }: JsonObject): JsonObject => ({
  id,
  slug,
  name,
  is_recurring,
  amount: isJsonObject(fee) ? fee.amount : 0,
  currency: isJsonObject(fee) ? fee.currency : 'USD',
})

/** Whether its plan costs nothing: the Backend API lists such an item only when asked to. */
export const isFree = ({ plan }: JsonObject): boolean =>
  isJsonObject(plan) && isJsonObject(plan.fee) && plan.fee.amount === 0

export const createSubscriptionItems = (world: World, payers: Payers): Resource<SubscriptionItemLinks> =>
  createResource(subscriptionItem(payers), world)
