import type { NextConfig } from 'next'

export default {
  // Left as it is installed: it reads a file beside itself, and brings native code.
  serverExternalPackages: ['@rollcall/receiver'],
} satisfies NextConfig
