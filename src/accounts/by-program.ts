import type { Identity } from '../core/identity.ts'

/**
 * The ways in that a program has, with what its user has made or allowed it once: somebody else may have found that, and it is taken
 * out again. So what would outlive it is made by people, who sign in.
 */
export const programs = ['oauth2', 'apiKey', 'token', 'workload'] as const

export function isByProgram(identity: Identity | null): boolean {
  return identity !== null && programs.some((via) => via === identity.via)
}
