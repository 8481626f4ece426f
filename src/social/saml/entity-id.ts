/** What this site is called at a provider: the address of its metadata there, beside the one that responses come to. */
export function entityIdOf(acs: string): string {
  return acs.replace(/callback\/$/, 'metadata/')
}
