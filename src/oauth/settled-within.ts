/** Waits for work to end, for so many milliseconds at most. It goes on beyond that, and whether it fails is nothing to wait for. */
export async function settledWithin(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([Promise.allSettled([work]), late])
  clearTimeout(timer)
}
