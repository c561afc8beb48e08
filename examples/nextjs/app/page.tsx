import { connection } from 'next/server'
import { newestUsers } from './database'

export default async function Page() {
  await connection() // rows are read for each request, not when the app is built
  const users = await newestUsers()
  return (
    <main>
      <h1>Who is here</h1>
      {users.length === 0 ? (
        <p>Nobody yet. Sign up, and reload.</p>
      ) : (
        <ul>
          {users.map(({ id, first_name, last_name }) => (
            <li key={id} id={id}>
              {[first_name, last_name].filter(Boolean).join(' ') || id}
            </li>
          ))}
        </ul>
      )}
    </main>
  )
}
