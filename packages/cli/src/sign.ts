import { Webhook } from 'standardwebhooks'

/** The headers with which Svix would send this body now. */
export function signedHeaders(
  secret: string,
  message: { messageId: string; body: string; now: number },
): Record<string, string> {
  const sentAt = new Date(message.now)
  return {
    'content-type': 'application/json',
    'svix-id': message.messageId,
    'svix-timestamp': String(Math.floor(message.now / 1_000)),
    'svix-signature': new Webhook(secret).sign(message.messageId, sentAt, message.body),
  }
}
