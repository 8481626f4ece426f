/**
 * Gives back the memory that starting took. All that is loaded at start lives on, by which V8 makes its space for young objects
 * many times as large as the server needs, and keeps it so. It grows again as far as the load wants it. Takes a tenth of a second.
 */
export async function giveBackMemory(): Promise<void> {
  try {
    const { Session } = await import('node:inspector/promises')
    const session = new Session()
    session.connect()
    await session.post('HeapProfiler.collectGarbage')
    session.disconnect()
  } catch {
    // A Node that was built or started without the inspector serves as well, and takes more.
  }
}
