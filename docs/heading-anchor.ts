/**
 * The anchor of a heading, as GitHub makes it: pages are read there and on the site, and links in them lead to the same
 * places in both. VitePress's own would be others.
 */
export const headingAnchor = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
    .replaceAll(' ', '-')
