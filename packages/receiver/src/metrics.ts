import { createProcessMetrics, type ProcessMetrics } from '@rollcall/shared/metrics-registry'

export type ReceiverMetrics = ProcessMetrics<'receiver'>

export const createMetrics = (): ReceiverMetrics => createProcessMetrics('receiver')
