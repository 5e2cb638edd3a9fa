/** One webhook as Sentry would send it, for the sandbox, the README and a first try. */
export interface Sample {
  /** One line for people: what it is and what should come of it. */
  about: string
  /** `Sentry-Hook-Resource`. */
  resource: string
  /** The payload at that time; text is sent as it is. The same for the same time. */
  build(now: number): unknown
}

/** Issue ids of the samples: every one about the same problem uses the same. */
export const SAMPLE_ISSUES = {
  payment: '5100000101',
  geocoding: '5100000102',
  typeError: '5100000103',
  dataLoss: '5100000104',
  staging: '5100000105',
  cron: '5100000106',
  uptime: '5100000107',
  metric: '5100000108',
  nonAscii: '5100000109',
  feedback: '5100000110',
  chosen: '5100000111',
  ceiling: '5100000112',
} as const
