import { z } from 'zod'
import { count, someText, type Setting } from './setting.ts'

/** Settings of running the server: see `settings.ts`. */
export interface OperationSettings {
  readonly bodyLimit: number
  readonly shutdownGrace: number
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly metricsToken: string | null
}

const group = 'Operation'

export const operationSettings: { readonly [Name in keyof OperationSettings]: Setting<OperationSettings[Name]> } = {
  bodyLimit: {
    group,
    default: 65536,
    parse: count.min(1024),
    meaning: 'The largest request body, in bytes.',
  },
  shutdownGrace: {
    group,
    default: 10,
    parse: count,
    meaning: 'Seconds that running requests get when the server is told to stop.',
  },
  logLevel: {
    group,
    default: 'info',
    parse: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    meaning: 'The least that is logged.',
  },
  metricsToken: {
    group,
    default: null,
    parse: someText,
    secret: true,
    meaning: 'The bearer token that /metrics asks for. Without it, /metrics answers the machine itself only.',
  },
}
