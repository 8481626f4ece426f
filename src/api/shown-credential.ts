/** What whoever calls shows, in the examples of how to call: nothing, an API key, a bearer token, or the secret of a client. */
export type ShownCredential = 'none' | 'apiKey' | 'bearer' | 'client'

/** How each is written, with the secret from the environment: whole lines of Go, members of `headers` elsewhere. */
export const shownCredentials: Readonly<
  Record<
    ShownCredential,
    { readonly curl: string; readonly fetch: string; readonly python: string; readonly go: string } | null
  >
> = {
  none: null,
  apiKey: {
    curl: `-H 'X-API-Key: '"$KEY"`,
    fetch: `'x-api-key': process.env.KEY`,
    python: `"X-API-Key": os.environ["KEY"]`,
    go: 'request.Header.Set("X-API-Key", os.Getenv("KEY"))',
  },
  bearer: {
    curl: `-H 'Authorization: Bearer '"$TOKEN"`,
    fetch: `authorization: 'Bearer ' + process.env.TOKEN`,
    python: `"Authorization": "Bearer " + os.environ["TOKEN"]`,
    go: 'request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))',
  },
  // RFC 6749, section 2.3.1. Ids and secrets of this house have no sign that would have to be encoded first.
  client: {
    curl: '-u "$CLIENT_ID:$CLIENT_SECRET"',
    fetch: `authorization: 'Basic ' + btoa(process.env.CLIENT_ID + ':' + process.env.CLIENT_SECRET)`,
    python: `"Authorization": "Basic " + base64.b64encode((os.environ["CLIENT_ID"] + ":" + os.environ["CLIENT_SECRET"]).encode()).decode()`,
    go: 'request.SetBasicAuth(os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET"))',
  },
}
