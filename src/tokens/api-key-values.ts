import { RequestRefused } from '../core/errors.ts'
import { createAddressRanges } from '../http/address.ts'
import type { ApiKeyRow } from '../storage/schema.ts'
import { credentialName, unseen } from './credential-name.ts'
import { scopeList } from './word-list.ts'

/** What can be set of an API key, and changed later. */
export interface ApiKeyValues {
  readonly name: string
  /** What it is for, in up to 500 characters, for people alone (nothing). */
  readonly purpose: string
  /** What it may do (nothing). */
  readonly scopes: readonly string[]
  /** Addresses and ranges that it may be used from, IPv4 and IPv6, such as `10.0.0.0/8` (anywhere). */
  readonly allowedAddresses: readonly string[]
  /** Its own rate, such as `100/min` (that of the server). */
  readonly rate: string | null
  /** When it ends, in milliseconds since 1970 (never). */
  readonly expiresAt: number | null
}

export interface CheckApiKeyOptions {
  readonly now: number
  /** Throws for a rate that cannot be read. */
  readonly parseRate: (rate: string) => unknown
}

/**
 * Checks values as they come from outside and writes them as columns; what is not given is not there. Throws
 * `RequestRefused` (`invalid`) with the field's name in its body.
 */
export function apiKeyColumns(
  values: Partial<ApiKeyValues>,
  { now, parseRate }: CheckApiKeyOptions,
): Partial<Pick<ApiKeyRow, 'name' | 'purpose' | 'scopes' | 'allowed_addresses' | 'rate' | 'expires_at'>> {
  const { name, purpose, scopes, allowedAddresses, rate, expiresAt } = values
  return {
    ...(name === undefined ? {} : { name: credentialName(name) }),
    ...(purpose === undefined ? {} : { purpose: purposeText(purpose) }),
    ...(scopes === undefined ? {} : { scopes: scopeList(scopes) }),
    ...(allowedAddresses === undefined ? {} : { allowed_addresses: addressList(allowedAddresses) }),
    ...(rate === undefined ? {} : { rate: checkedRate(rate, parseRate) }),
    ...(expiresAt === undefined ? {} : { expires_at: checkedEnd(expiresAt, now) }),
  }
}

/** A line of text, without blanks at its ends; what no page shows cannot stand in it. */
function purposeText(purpose: unknown): string {
  const text = typeof purpose === 'string' ? purpose.trim() : null
  if (text === null || text.length > 500) throw invalid('purpose', 'What it is for may have 500 characters at most.')
  if (unseen.test(text)) throw invalid('purpose', 'What it is for holds characters that cannot be shown.')
  return text
}

/** A rate as it is written everywhere here: `100/hour`, `10/15m`. The server hands over the stricter reader of throttling. */
export function plausibleRate(rate: string): void {
  if (!/^[1-9]\d{0,9}\/\d{0,6}[smhd][a-z]{0,12}$/i.test(rate)) throw new TypeError('no rate')
}

function addressList(addresses: unknown): string {
  if (!isListOfTexts(addresses)) throw invalid('allowedAddresses', 'Addresses must be a list of texts.')
  try {
    createAddressRanges(addresses)
  } catch {
    throw invalid('allowedAddresses', 'An address or range is needed, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32.')
  }
  return [...new Set(addresses)].join(' ')
}

function checkedRate(rate: unknown, parseRate: (rate: string) => unknown): string | null {
  if (rate === null) return null
  try {
    if (typeof rate !== 'string') throw new TypeError('no text')
    parseRate(rate)
    return rate
  } catch {
    throw invalid('rate', 'A rate is needed, such as 100/min.')
  }
}

function checkedEnd(expiresAt: unknown, now: number): number | null {
  if (expiresAt === null) return null
  if (typeof expiresAt === 'number' && Number.isSafeInteger(expiresAt) && expiresAt > now) return expiresAt
  throw invalid('expiresAt', 'The end must lie in the future.')
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 100 && value.every((one) => typeof one === 'string')
}

function invalid(field: string, message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { [field]: [message] } })
}
