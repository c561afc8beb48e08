import type { Request, Response } from 'express'
import { type Problem, problemPage } from '../pages/problem-page.ts'

/** In the words of whoever asks: a page for people, JSON for programs. */
export function sayProblem(request: Request, response: Response, status: number, problem: Problem): void {
  response.status(status)
  if (request.accepts(['html', 'json']) === 'html') response.send(problemPage(problem))
  else response.json({ error: problem.title, message: problem.message })
}
