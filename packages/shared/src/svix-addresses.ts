/**
 * The addresses that Svix sends from, all regions: https://docs.svix.com/receiving/source-ips, whose list is
 * https://docs.svix.com/webhook-ips.json. As of July 2026; they change about once a year. Svix does not promise them for each
 * of its plans, and Clerk says nothing of them.
 */
export const SVIX_ADDRESSES = [
  // us
  ...['44.228.126.217', '50.112.21.217', '52.24.126.164', '54.148.139.208', '2600:1f24:64:8000::/56'],
  // us-east
  ...['54.164.207.221', '54.90.7.123', '2600:1f28:37:4000::/56'],
  // eu
  ...['52.215.16.239', '54.216.8.72', '63.33.109.123', '2a05:d028:17:8000::/56'],
  // au
  ...['13.239.204.236', '54.66.246.217', '54.252.65.96', '2406:da2c:13:4000::/56'],
  // ca
  ...['52.60.44.49', '3.98.68.230', '3.96.105.27', '2600:1f21:1c:4000::/56'],
] as const
