import { TraceFlags } from '@opentelemetry/api'
import { ParentBasedSampler, type Sampler, SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'

/**
 * Of the traces that begin here, a share; of those that others began, the ones that they chose. A batch's own trace is
 * kept where that of one of its events is, so that no link points at nothing.
 */
export function createSampler(share: number): Sampler {
  const ofShare = new TraceIdRatioBasedSampler(share)
  const root: Sampler = {
    shouldSample(context, traceId, _name, _kind, _attributes, links) {
      if (links.length === 0) return ofShare.shouldSample(context, traceId)
      const isAnySampled = links.some(({ context }) => (context.traceFlags & TraceFlags.SAMPLED) !== 0)
      return { decision: isAnySampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD }
    },
    toString: () => `Linked{root=${ofShare}}`,
  }
  return new ParentBasedSampler({ root })
}
