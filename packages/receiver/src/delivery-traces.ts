import type { DeliveryTraces } from '@rollcall/queue/job-trace'
import { QUEUE } from '@rollcall/queue/names'
import type { Delivery } from '@rollcall/shared/delivery'
import type { Span, Traceparent, Tracing } from '@rollcall/shared/tracing'

/** The traces of deliveries on their way to the queue. */
export interface AddingTraces extends DeliveryTraces {
  /** From when the delivery is handed over; it ends with the queue's answer. */
  begin(delivery: Delivery, parent: Traceparent): Span
  /** These go to the queue in one round trip. */
  sent(deliveries: readonly Delivery[]): void
}

/** Deliveries of many requests go together, so each is found by what it is and not by what is going on at the moment [L6]. */
export function createDeliveryTraces(tracing: Tracing): AddingTraces {
  const spans = new WeakMap<Delivery, Span>()
  return {
    begin(delivery, parent) {
      const span = tracing.startSpan('webhooks add', {
        kind: 'producer',
        parent,
        attributes: {
          'messaging.system': 'bullmq',
          'messaging.destination.name': QUEUE,
          'messaging.operation.type': 'send',
          'rollcall.message.id': delivery.messageId,
        },
      })
      spans.set(delivery, span)
      return span
    },
    sent(deliveries) {
      for (const delivery of deliveries) {
        spans.get(delivery)?.set({ 'messaging.batch.message_count': deliveries.length })
      }
    },
    get: (delivery) => spans.get(delivery)?.traceparent,
  }
}
