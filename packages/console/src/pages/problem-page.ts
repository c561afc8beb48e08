import { html } from './html.ts'
import { barePage } from './layout.ts'

/** What went wrong, and what to do, for people. */
export interface Problem {
  readonly title: string
  readonly message: string
}

export const problemPage = ({ title, message }: Problem): string =>
  barePage(
    title,
    html`<div>
      <h1>${title}</h1>
      <p>${message}</p>
      <p><a href="/">To the overview</a></p>
    </div>`,
  )
