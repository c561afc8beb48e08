import { readFileSync } from 'node:fs'
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/**
 * What a compressed body is called in its job: how it is compressed, and with which dictionary. Failed jobs are kept for
 * 90 days, so a dictionary is never changed. A better one gets another name, is read by one version before the next
 * one writes it, and the old one stays [S3].
 */
export const COMPRESSED = 'deflate-1'

/**
 * Our own example of `user.created`, without white space. A body is small, and most of it is what every body of its kind
 * says as well: with that known in advance 2.2 KB become 0.6 instead of 1.1. Examples of other types make theirs a little
 * smaller, and every body's compression slower, by 1 µs per KB of dictionary.
 */
const DICTIONARY = readFileSync(new URL('./body-dictionary/deflate-1.txt', import.meta.url))

/**
 * Of a body of 2.2 KB, in µs of a processor to compress and to decompress: 21 and 6 so; with zstd at its level 1 19 and
 * 13, and no smaller. Levels above 3 take longer and gain one part in a hundred. bench/README.md has the others.
 */
const LEVEL = 3

/** A receiver's limit for bodies. What is longer travels as it is, so that nothing compressed is anything longer. */
const MOST_BYTES = 1_048_576

/** The body, smaller; nothing where it would not be, written as base64. */
export function compressBody(raw: Buffer): Buffer | undefined {
  if (raw.length > MOST_BYTES) return undefined
  const compressed = deflateRawSync(raw, { level: LEVEL, dictionary: DICTIONARY, chunkSize: chunkFor(raw.length / 2) })
  return Math.ceil(compressed.length / 3) * 4 < raw.length ? compressed : undefined
}

/** Throws where these are not the bytes that `compressBody` made, or would become more than it takes. */
export function decompressBody(compressed: Buffer): Buffer {
  return inflateRawSync(compressed, {
    dictionary: DICTIONARY,
    maxOutputLength: MOST_BYTES,
    chunkSize: chunkFor(compressed.length * 5),
  })
}

/**
 * Node makes its output in pieces of so many bytes, 16 KB by default: at ten thousand bodies a second those are 160 MB of
 * memory outside of the heap, which come and go.
 */
const chunkFor = (expectedBytes: number): number => Math.max(1_024, Math.ceil(expectedBytes))
