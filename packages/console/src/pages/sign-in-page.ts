import type { Access } from '../access/access.ts'
import { html } from './html.ts'
import { barePage } from './layout.ts'

/** Where people sign in, in each of the ways that are set. */
export function signInPage(access: Access, options: { readonly to: string; readonly problem?: string }): string {
  const { to, problem } = options
  const has = (way: string) => access.credentials.some((credential) => credential.way === way)
  return barePage(
    'Sign in',
    html`<div>
      <h1>Sign in</h1>
      ${problem !== undefined && html`<p class="notice bad" role="alert">${problem}</p>`}
      ${
        access.clerk &&
        html`<p><a class="button primary" href=${`/sign-in/clerk?${new URLSearchParams({ to })}`}>Sign in with Clerk</a></p>`
      }
      ${
        has('token') &&
        html`<form method="post" action="/sign-in" class="stack">
          <input type="hidden" name="to" value=${to} />
          <input type="hidden" name="username" value="token" autocomplete="username" />
          <label for="token">Token</label>
          <input id="token" name="token" type="password" required autocomplete="current-password" autofocus />
          <button class="primary">Sign in</button>
        </form>`
      }
      ${
        has('basic') &&
        html`<form method="post" action="/sign-in" class="stack">
          <input type="hidden" name="to" value=${to} />
          <label for="username">Name</label>
          <input id="username" name="username" required autocomplete="username" spellcheck=${false} />
          <label for="password">Password</label>
          <input id="password" name="password" type="password" required autocomplete="current-password" />
          <button class="primary">Sign in</button>
        </form>`
      }
    </div>`,
  )
}
