import type { CoreFlow } from '../measure/core-flow.ts'

/** Payments and sign-in, as most applications name them. A `core_flow:<id>` tag always says it outright. */
export const DEFAULT_CORE_FLOWS: readonly CoreFlow[] = [
  flow('checkout', ['*checkout*']),
  flow('payment', ['*payment*', '*/pay', '*/pay/*']),
  flow('billing', ['*billing*', '*invoice*']),
  flow('login', ['*login*', '*log-in*', '*signin*', '*sign-in*', '*/auth', '*/auth/*', '*oauth*']),
  flow('sign-up', ['*signup*', '*sign-up*', '*/register', '*/register/*', '*registration*']),
]

function flow(id: string, transactions: string[]): CoreFlow {
  return { id, transactions, tags: [`core_flow:${id}`], projects: [] }
}
