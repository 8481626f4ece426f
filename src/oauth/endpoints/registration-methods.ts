import { RequestRefused } from '../../core/errors.ts'
import type { Endpoint, Exchange } from '../../http/exchange.ts'
import { registerEndpoint, type RegisterEndpointOptions } from './register.ts'
import { registrationEndpoints, type RegistrationEndpointOptions } from './registration.ts'

export interface RegistrationMethodsOptions extends Omit<
  RegisterEndpointOptions & RegistrationEndpointOptions,
  'managedAt' | 'clients'
> {
  readonly clients: RegisterEndpointOptions['clients'] & RegistrationEndpointOptions['clients']
  /** Where clients register, such as `https://id.example/o/register/`. */
  readonly registersAt: string
}

/**
 * Endpoints by method of one place and of all below it: `POST` where clients register (RFC 7591, section 3.1), the others at
 * the address that each of them got (RFC 7592, section 2).
 */
export function registrationMethods(
  options: RegistrationMethodsOptions,
): Readonly<Record<'POST' | 'GET' | 'PUT' | 'DELETE', Endpoint>> {
  const tools = { ...options, managedAt: (clientId: string) => `${options.registersAt}${clientId}/` }
  const manage = registrationEndpoints(tools)
  return {
    POST: at('there', 'GET, PUT, DELETE', registerEndpoint(tools)),
    GET: at('below', 'POST', manage.GET),
    PUT: at('below', 'POST', manage.PUT),
    DELETE: at('below', 'POST', manage.DELETE),
  }
}

function at(place: 'there' | 'below', allow: string, endpoint: Endpoint): Endpoint {
  return async (request) => {
    if (placeOf(request) === place) return endpoint(request)
    throw new RequestRefused('method_not_allowed', undefined, { headers: { allow } })
  }
}

function placeOf({ url }: Exchange): 'there' | 'below' {
  const [path = ''] = url.split(/[?#]/)
  return /\/register\/?$/.test(path) ? 'there' : 'below'
}
