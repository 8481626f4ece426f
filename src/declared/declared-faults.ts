/** What is wrong with a file, each fault with its place. Nothing was done. The message is safe to show. */
export class DeclaredFaults extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'DeclaredFaults'
    this.faults = faults
  }
}
