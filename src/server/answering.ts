import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Peer } from '../core/request.ts'
import { type AnswerOptions, answerRequests } from './answer-request.ts'
import { answerWebRequests } from './answer-web-request.ts'
import { arrivalCheck } from './arrival-check.ts'
import type { Instance } from './instance.ts'
import { createRouteTable, pathOf } from './route.ts'

/** A table of routes that is ready to answer: what `mount` of each adapter takes. */
export interface Answering {
  /** Whether a request target is of one of the routes: what an application that has others leaves to these two. */
  readonly serves: (url: string) => boolean
  readonly answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void
  /** The same for a Web `Request`. `peer` is who is at the other end, where the platform knows it. */
  readonly respond: (request: Request, peer?: Peer) => Promise<Response>
}

/** Answers requests of an instance from these routes, by its settings. */
export function answering(
  instance: Pick<Instance, 'settings' | 'address' | 'clock' | 'log' | 'ownLimits'>,
  own: Pick<AnswerOptions, 'routes' | 'auth' | 'onAnswered' | 'stray'>,
): Answering {
  const { settings, address, log } = instance
  const find = createRouteTable(own.routes)
  const options = { ...own, check: arrivalCheck(instance), address, bodyLimit: settings.bodyLimit, log }
  return {
    serves: (url) => find(pathOf(url)) !== null,
    answer: answerRequests(options),
    respond: answerWebRequests(options),
  }
}
