import { ClerkProvider } from '@clerk/nextjs'
import type { ReactNode } from 'react'

export const metadata = { title: 'Who is here' }

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <ClerkProvider>
      <html lang="en">
        <body style={{ font: '1rem/1.5 system-ui', margin: '2rem auto', maxWidth: '40rem', padding: '0 1rem' }}>
          {children}
        </body>
      </html>
    </ClerkProvider>
  )
}
