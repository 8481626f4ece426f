/** Who answers for something, as the audit log names them: a user, else the organisation that it belongs to; `null`: nobody. */
export function answeringFor({
  ownerId,
  organisationId,
}: {
  readonly ownerId: string | null
  readonly organisationId: string | null
}): string | null {
  if (ownerId !== null) return `user:${ownerId}`
  return organisationId === null ? null : `organisation:${organisationId}`
}
