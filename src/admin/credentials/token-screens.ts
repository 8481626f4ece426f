import type { Screen } from '../../screens/screen.ts'
import { grantPage, type GrantPageStores } from './grant-page.ts'
import { grantsList, type GrantsListStores } from './grants-list.ts'
import { tokenLookUp } from './token-look-up.ts'
import type { DescribeToken } from './described-token.ts'

export type TokenScreensStores = GrantsListStores & GrantPageStores & { readonly describeToken: DescribeToken }

/** The pages about grants and the tokens of them. */
export function tokenScreens(stores: TokenScreensStores): readonly Screen[] {
  return [grantsList(stores), ...grantPage(stores), tokenLookUp(stores)]
}
