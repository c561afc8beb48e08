/** The samples of a metric in the text that Prometheus reads, by their labels as they are written there. */
export const samplesOf = (text: string, name: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (.*)$`, 'gm'))].map(([, labels = '', value]) => [
      labels,
      Number(value),
    ]),
  )
