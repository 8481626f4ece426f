import type { Endpoint } from '../../http/exchange.ts'
import { entityIdOf } from '../saml/entity-id.ts'
import { spMetadata } from '../saml/sp-metadata.ts'
import type { SamlSettings } from '../saml/saml-settings.ts'
import { callbackPath, type SocialTools } from './social-tools.ts'

/** What a SAML provider is told of this site, to be read there or typed in (Metadata, section 4.1.1). */
export function samlMetadataEndpoint(
  { origin, paths }: SocialTools,
  id: string,
  saml: SamlSettings,
): Readonly<Record<'GET', Endpoint>> {
  return {
    GET: async (request) => {
      const acs = origin(request) + callbackPath(paths, id)
      return {
        status: 200,
        headers: [
          ['content-type', 'application/samlmetadata+xml; charset=utf-8'],
          ['content-disposition', `inline; filename="${id}.xml"`],
          ['x-content-type-options', 'nosniff'],
          ['cache-control', 'no-cache'],
        ],
        body: spMetadata(saml, { entityId: entityIdOf(acs), acs }),
      }
    },
  }
}
